"""What staff fill in about identity: which file is a document, what was looked at, what is covered, and the confirmation."""

from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms import DecimalField, Form, HiddenField, SelectField, SelectMultipleField, TextAreaField
from wtforms.validators import AnyOf, InputRequired, NumberRange, Optional
from wtforms.widgets import CheckboxInput, ListWidget

from desk.attachments.pictures import SCALE, Box
from desk.handling.identity import Basis
from desk.law.proof import Lacking
from desk.web.choices import SelectChoice
from desk.web.staff.forms import LONG, OfferedField, TicketForm

BOXES = 5
"""How many parts are covered at once."""
LACKING: dict[Lacking, Any] = {
    Lacking.IDENTITY: _l("本人（代理人の場合は代理人ご自身）の確認書類"),
    Lacking.AUTHORITY: _l("代理権が分かる書類"),
    Lacking.SEAL: _l("印鑑登録証明書"),
}
WHOSE: dict[str, Any] = {"person": _l("ご本人"), "agent": _l("代理人")}


class ConfirmIdentityForm(TicketForm):
    """By what the person, and an agent's authority, were confirmed."""

    basis = OfferedField(_l("何によって確かめたか"), [InputRequired(_l("何によって確かめたかを選択してください"))])
    text = TextAreaField(_l("確かめた内容"), [LONG])

    def validate(self, extra_validators: Any = None) -> bool:
        """Ask for a reason where documents are not the basis."""
        fine = super().validate(extra_validators)
        if fine and self.basis.data != Basis.DOCUMENTS and not (self.text.data or "").strip():
            self.text.errors = [_("書類によらないときは、確かめた内容を入力してください")]
            return False
        return fine


class MarkDocumentForm(Form):
    """Which file that the person sent is a document, which one, and whose."""

    file = SelectField(_l("ファイル"), [InputRequired(_l("ファイルを選択してください"))], default="")
    document = SelectField(_l("書類の種類"), [InputRequired(_l("書類の種類を選択してください"))], default="")
    whose = SelectField(
        _l("どなたについての書類か"), choices=[SelectChoice(*one) for one in WHOSE.items()], default="person"
    )


class JudgeDocumentForm(Form):
    """What was looked at, and whether the document is accepted."""

    wish = HiddenField()
    seen = SelectMultipleField(
        _l("確かめたこと"), widget=ListWidget(prefix_label=False), option_widget=CheckboxInput(), validate_choice=False
    )
    text = TextAreaField(_l("受け入れない理由"), [LONG])


class CoverDocumentForm(Form):
    """Which parts of a page are covered, in hundredths of its width and height."""

    page = HiddenField()

    def rows(self) -> list[tuple[Any, Any, Any, Any]]:
        """Return the fields of each part: left, top, width, height."""
        return [tuple(self[f"{side}_{row}"] for side in SIDES) for row in range(BOXES)]  # type: ignore[misc]

    def boxes(self) -> list[Box]:
        """Return the parts that are filled in."""
        unit = SCALE // 100
        values = [[field.data for field in row] for row in self.rows()]
        return [Box(*(int(value * unit) for value in row)) for row in values if all(value is not None for value in row)]


SIDES: dict[str, Any] = {
    "left": _l("左から（%）"),
    "top": _l("上から（%）"),
    "width": _l("幅（%）"),
    "height": _l("高さ（%）"),
}
for _row in range(BOXES):
    for _side, _label in SIDES.items():
        _range = NumberRange(0, 100, _l("0から100までの数を入力してください"))
        setattr(CoverDocumentForm, f"{_side}_{_row}", DecimalField(_label, [Optional(), _range], places=1))


class DestroyDocumentForm(Form):
    """That the document is to be destroyed in every copy."""

    sure = HiddenField(validators=[AnyOf(["yes"])])
