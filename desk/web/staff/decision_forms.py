"""What staff fill in to see to a ticket's duties, to decide it, and to approve what another has decided."""

from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms import HiddenField, SelectMultipleField, StringField, TextAreaField
from wtforms.validators import DataRequired
from wtforms.widgets import CheckboxInput, ListWidget

from desk.tickets.decisions import Item, Result
from desk.web.fields import one_line
from desk.web.staff.forms import LONG, SHORT, OfferedField, TicketForm

ROWS = 8
"""How many items a decision has at most."""
RESULTS: dict[str, Any] = {
    "": _l("この行は使わない"),
    Result.GRANTED: _l("ご請求のとおりにする"),
    Result.REFUSED: _l("応じない"),
    Result.ABSENT: _l("対象の情報が存在しない"),
    Result.OTHERWISE: _l("別の方法・代わりの措置による"),
}


class CheckDutiesForm(TicketForm):
    """Which duties are done."""

    done = SelectMultipleField(
        _l("済んだ確認事項"),
        widget=ListWidget(prefix_label=False),
        option_widget=CheckboxInput(),
        validate_choice=False,
    )


class DecideForm(TicketForm):
    """What is decided: the outcome, and item by item what becomes of it, by which ground and on which facts."""

    outcome = OfferedField(_l("結果"), [DataRequired(_l("結果を選択してください"))])
    measure = TextAreaField(_l("行った措置・代わりの措置"), [LONG])
    hidden = TextAreaField(_l("ご本人に伝えない事情（職員だけが読みます）"), [LONG])

    def validate(self, extra_validators: Any = None) -> bool:
        """Refuse a row in which something is written and nothing chosen: it would be lost."""
        fine = super().validate(extra_validators)
        for what, result, ground, facts in self.rows():
            if not result.data and any((field.data or "").strip() for field in (what, ground, facts)):
                result.errors = [*result.errors, _("この行の扱いを選択してください")]
                fine = False
        return fine

    def rows(self) -> list[tuple[Any, Any, Any, Any]]:
        """Return the fields of each row: what, result, ground, facts."""
        return [
            (self[f"what_{row}"], self[f"result_{row}"], self[f"ground_{row}"], self[f"facts_{row}"])
            for row in range(ROWS)
        ]

    def is_long(self) -> bool:
        """Tell whether a row beyond the third is used, or has an error."""
        return any(one.errors or one.data for row in self.rows()[3:] for one in row)

    def items(self) -> tuple[Item, ...]:
        """Return the items of the rows that are used."""
        return tuple(
            Item(one_line(what), Result(result.data), ground.data or "", one_line(facts))
            for what, result, ground, facts in self.rows()
            if result.data
        )

    def fill(self, items: tuple[Item, ...]) -> None:
        """Write items into the rows."""
        for (what, result, ground, facts), item in zip(self.rows(), items, strict=False):
            what.data, result.data, ground.data, facts.data = item.what, item.result, item.ground, item.facts


for _row in range(ROWS):
    setattr(DecideForm, f"what_{_row}", StringField(_l("対象"), [SHORT]))
    setattr(DecideForm, f"result_{_row}", OfferedField(_l("扱い"), default=""))
    setattr(DecideForm, f"ground_{_row}", OfferedField(_l("根拠"), default=""))
    setattr(DecideForm, f"facts_{_row}", StringField(_l("そう判断した事実"), [SHORT]))


class ApproveForm(TicketForm):
    """Why a decision is approved though duties are open, or by its author alone."""

    decision = HiddenField()
    """Which decision the page showed: no other is approved."""
    text = TextAreaField(_l("承認の理由"), [LONG])


class SendBackForm(TicketForm):
    """Why a decision goes back."""

    decision = HiddenField()
    text = TextAreaField(_l("差し戻す理由"), [DataRequired(_l("差し戻す理由を入力してください")), LONG])
