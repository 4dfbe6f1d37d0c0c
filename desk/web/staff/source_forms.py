"""What staff fill in when they ask somebody to look for a person's data, and when the answer comes."""

from typing import Any

from flask_babel import lazy_gettext as _l
from wtforms import StringField, TextAreaField
from wtforms.validators import DataRequired

from desk.web.fields import a_coming_day
from desk.web.staff.forms import LONG, SHORT, OfferedField, TicketForm

FOUND: dict[str, Any] = {"yes": _l("あった"), "no": _l("なかった")}


class AskSourceForm(TicketForm):
    """Where to look, who is asked, for what, and by when."""

    source = OfferedField(_l("調べるところ"))
    of = StringField(
        _l("依頼する相手"),
        [
            DataRequired(_l("依頼する相手を入力してください")),
            SHORT,
        ],
    )
    what = TextAreaField(_l("探す情報と条件"), [DataRequired(_l("探す情報と条件を入力してください")), LONG])
    due_on = StringField(_l("回答の期日"), [a_coming_day])


class AnswerSourceForm(TicketForm):
    """Which question is answered, whether something was found, and what."""

    task = OfferedField(_l("どの依頼への回答か"))
    found = OfferedField(_l("情報の有無"))
    text = TextAreaField(
        _l("調べた結果（範囲・方法・見つかった情報）"), [DataRequired(_l("調べた結果を入力してください")), LONG]
    )
