"""The words of the letters: read, changed as a new version, and put back."""

from collections.abc import Mapping
from typing import Any

from flask import Blueprint, abort, flash, make_response, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from werkzeug.wrappers import Response
from wtforms import Form, HiddenField, TextAreaField
from wtforms.validators import AnyOf

from desk import clock
from desk.accounts.staff import list_colleagues
from desk.events.trail import staff_actor
from desk.handling.wordings import change_wording, restore_wording
from desk.tickets.errors import Conflict
from desk.tickets.wordings import (
    LANGUAGES,
    MOST_CHARS,
    BadWording,
    Notice,
    fill,
    find_wording,
    list_wordings,
    notices,
    samples,
    wording_of,
)
from desk.transaction import transaction
from desk.web.fields import read_version
from desk.web.guard import current_staff
from desk.web.languages import current_language

PLACES: Mapping[str, Any] = {
    "kind": _l("種別"),
    "received_on": _l("受付日"),
    "closed_on": _l("終了する日"),
    "answer_by": _l("ご本人にお返事をいただく期限"),
    "expected_on": _l("ご回答の予定日"),
    "paid_on": _l("手数料を受け取った日"),
    "decision": _l("結果"),
    "items": _l("請求された情報ごとの扱いと理由"),
    "measure": _l("行った措置・代わりの措置"),
    "documents": _l("本人確認書類の一覧"),
    "fee": _l("手数料（円）"),
    "commission": _l("個人情報保護委員会の相談窓口（電話番号を登録しているとき）"),
}


class WordingForm(Form):
    """The words of one letter in one language, and the version that the page showed."""

    language = HiddenField(validators=[AnyOf(LANGUAGES)])
    number = HiddenField()
    text = TextAreaField(_l("文面"))


def add_routes(blueprint: Blueprint) -> None:
    """Put these pages under the door's blueprint."""
    blueprint.add_url_rule("/letters", "letters", letters)
    blueprint.add_url_rule("/letters/<code>", "wording", wording)
    blueprint.add_url_rule("/letters/<code>", "save_wording", save_wording, methods=["POST"])


def letters() -> str:
    """List the letters, and which of them an administrator has worded anew."""
    rows = [(one, {language: find_wording(one.code, language) for language in LANGUAGES}) for one in notices().values()]
    return render_template("admin/letters.html", rows=rows, lang=current_language())


def wording(code: str) -> str:
    """Show a letter's words in both languages, how it reads, and its versions."""
    return _page(_notice(code), {})


def save_wording(code: str) -> Response:
    """Take a letter's words as a new version, or put the desk's own back."""
    notice, form = _notice(code), WordingForm(request.form)
    if not form.validate():
        abort(400)
    actor, now, language = staff_actor(current_staff().id), clock.now(), form.language.data or ""
    number = read_version(form.number.data)
    try:
        with transaction():
            if "restore" in request.form:
                changed = restore_wording(code, language, number, actor, now)
            else:
                changed = change_wording(code, language, form.text.data or "", number, actor, now)
    except BadWording as error:
        form.text.errors = [_told(error)]
        return make_response(_page(notice, {language: form}), 400)
    except Conflict:
        form.text.errors = [
            _(
                "ほかの人が先に変更しました。いまの文面は下の「これまでの版」にあります。見比べて、もう一度保存してください"
            )
        ]
        found = find_wording(code, language)
        form.number.data = str(found.number if found is not None else 0)
        return make_response(_page(notice, {language: form}), 409)
    flash(_("文面を保存しました") if changed else _("いまの文面と同じです"), "success")
    return redirect(url_for("admin.wording", code=code), 303)


def _told(error: BadWording) -> str:
    places = " ".join(f"{{{place}}}" for place in sorted(error.places))
    if error.is_unfilled:
        return str(_("この手紙はそのまま送られます。［要記入：…］を残さないでください"))
    if error.is_missing:
        return str(_("%(places)s がありません。この手紙に必要な項目です", places=places))
    if error.places:
        return str(_("%(places)s という項目はありません", places=places))
    return str(_("文面を%(most)s文字以内で入力してください", most=MOST_CHARS))


def _notice(code: str) -> Notice:
    notice = notices().get(code)
    if notice is None:
        abort(404)
    return notice


def _page(notice: Notice, bound: Mapping[str, WordingForm]) -> str:
    forms = {language: bound.get(language) or _fresh(notice, language) for language in LANGUAGES}
    for language, form in forms.items():
        form.text.id = f"text-{language}"
        form.text.label.field_id = form.text.id
    return render_template(
        "admin/wording.html",
        notice=notice,
        forms=forms,
        samples={language: fill(wording_of(notice.code, language), samples()[language]) for language in LANGUAGES},
        places=PLACES,
        versions=list_wordings(notice.code),
        own=notice.texts,
        staff={person.id: person.name for person in list_colleagues()},
        lang=current_language(),
    )


def _fresh(notice: Notice, language: str) -> WordingForm:
    found = find_wording(notice.code, language)
    return WordingForm(
        language=language,
        number=str(found.number if found is not None else 0),
        text=found.text if found is not None else notice.texts[language],
    )
