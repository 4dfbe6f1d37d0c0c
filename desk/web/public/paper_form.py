"""The request form on paper, for those who write by post: the same facts as the procedure page, as a PDF."""

import json
from functools import lru_cache
from typing import Any

from flask import abort, make_response
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from desk import clock
from desk.company.procedure import get_procedure
from desk.company.profile import Profile, profile
from desk.handling.kinds import offered_kinds
from desk.law.proof import get_proof
from desk.law.regimes import REGIME
from desk.typeset import NotTypeset, typeset
from desk.web.downloads import attachment
from desk.web.languages import current_language
from desk.web.public.views import blueprint

LOW, HIGH = 7, 22
"""How much room a field has that is filled in by hand, in millimetres."""


@blueprint.get("/procedure/form.pdf")
def paper_form() -> Response:
    """Give the form as a PDF to print."""
    try:
        pdf = _made(json.dumps(_form(), ensure_ascii=False, sort_keys=True))
    except NotTypeset:
        abort(503)
    response = make_response(pdf)
    response.content_type = "application/pdf"
    response.headers["Content-Disposition"] = attachment(_("個人情報に関するご請求書") + ".pdf")
    return response


@lru_cache(maxsize=4)
def _made(form: str) -> bytes:
    return typeset("request", json.loads(form))


def _form() -> dict[str, Any]:
    lang = current_language()
    company = profile(lang)
    proof = get_proof()
    return {
        "lang": lang,
        "company": company.name,
        "words": _words(),
        "to": [company.name, _("個人情報窓口 御中")],
        "person": [
            _field(_("お名前")),
            _field(_("ふりがな")),
            _field(_("ご住所"), HIGH - 8),
            _field(_("電話番号")),
            _field(_("メールアドレス")),
        ],
        "agent": [
            _field(_("お名前")),
            _field(_("ご住所"), HIGH - 8),
            _field(_("電話番号")),
            _field(_("ご本人との関係"), text=_("□ 親権者など法定代理人　□ ご本人から委任された方")),
        ],
        "kinds": [one.name.get(lang) for one in offered_kinds(REGIME, clock.today()) if one.statutory],
        "content": [
            _field(_("対象となるサービスや時期など"), HIGH),
            _field(_("ご請求の内容と理由"), HIGH + 38),
        ],
        "methods": [
            _("電磁的記録（専用ページからのダウンロード。メールアドレスが必要です）"),
            _("書面の郵送"),
            _("そのほかのご希望（　　　　　　　　　　　　　　　　　　　　）"),
        ],
        "proof": [
            _("次のうち1点の写し：") + _("、").join(one.get(lang) for one in proof.single),
            _("又は次のうち2点の写し：") + _("、").join(one.get(lang) for one in proof.double),
            f"{proof.covered.get(lang)} {proof.refused.get(lang)}",
            f"{proof.chosen_agent.get(lang)} {_('／')} {proof.legal_agent.get(lang)}",
        ],
        "send": [_address(company), _fee()],
    }


def _words() -> dict[str, str]:
    return {
        "title": _("個人情報に関するご請求書"),
        "date": _("ご記入日：　　　　年　　月　　日"),
        "lead": _(
            "この用紙は、郵送でご請求になる方のためのものです。ほかの書き方でもお受けします。分かるところだけご記入ください。"
        ),
        "person": _("ご本人"),
        "agent": _("代理の方が請求されるとき"),
        "kinds": _("ご請求の種類（当てはまるものに印を付けてください）"),
        "content": _("ご請求の内容"),
        "method": _("開示のご請求で、ご希望の方法"),
        "proof": _("同封していただく確認書類"),
        "send": _("送り先と手数料"),
    }


def _field(label: str, height: int = LOW, text: str = "") -> dict[str, Any]:
    return {"label": label, "height": height, "text": text}


def _address(company: Profile) -> str:
    if not company.address:
        return str(_("郵送先は、%(email)s までお尋ねください。", email=company.contact_email))
    code = _("〒%(code)s", code=company.postal_code) + " " if company.postal_code else ""
    return str(_("郵送先：%(address)s", address=f"{code}{company.address} {company.name} {_('個人情報窓口')}"))


def _fee() -> str:
    settled, lang = get_procedure(), current_language()
    if not settled.fee_yen:
        return str(_("手数料はかかりません。"))
    charged = [one.name.get(lang) for one in offered_kinds(REGIME, clock.today()) if one.statutory and one.fee_allowed]
    return str(
        _(
            "手数料：次のご請求1件につき%(fee)s円（税込）。%(kinds)s。お支払いの方法は、受付のあとでご案内します。",
            fee=f"{settled.fee_yen:,}",
            kinds=_("、").join(charged),
        )
    )
