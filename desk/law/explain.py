"""The sentences that tell an agent where a date comes from, in both languages."""

from dataclasses import dataclass
from datetime import date

from desk.law.regimes import Regime, Span, Unit
from desk.law.text import Text

WEEKDAYS_JA = "月火水木金土日"
WEEKDAYS_EN = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
MONTHS_EN = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
UNITS = {
    Unit.BUSINESS_DAY: Text("営業日", "business day"),
    Unit.CALENDAR_DAY: Text("日", "calendar day"),
    Unit.MONTH: Text("か月", "month"),
    Unit.HOUR: Text("時間", "hour"),
    Unit.MINUTE: Text("分", "minute"),
}


Value = date | Span | Text | str | int


@dataclass(frozen=True, slots=True)
class Line:
    """One step of the reckoning: the JST date it concerns, the name of the rule, and what its sentence is made of."""

    on: date
    rule: str
    words: Text
    """The rule's sentence, with `{on}` and the names of the values in it."""
    values: tuple[tuple[str, Value], ...] = ()

    @property
    def text(self) -> Text:
        """Return the sentence, dates and spans spelt out; put together only for who reads it."""
        spoken = {name: _speak(value) for name, value in (("on", self.on), *self.values)}
        return Text(
            self.words.ja.format(**{name: text.ja for name, text in spoken.items()}),
            self.words.en.format(**{name: text.en for name, text in spoken.items()}),
        )


def say(regime: Regime, rule: str, on: date, **values: Value) -> Line:
    """Return the line for a rule of the regime."""
    return Line(on, rule, regime.rules[rule], tuple(values.items()))


def _speak(value: Value) -> Text:
    if isinstance(value, Text):
        return value
    if isinstance(value, Span):
        unit = UNITS[value.unit]
        return Text(f"{value.n}{unit.ja}", f"{value.n} {unit.en}{'' if value.n == 1 else 's'}")
    if isinstance(value, date):
        return Text(
            f"{value.year}年{value.month}月{value.day}日（{WEEKDAYS_JA[value.weekday()]}）",
            f"{WEEKDAYS_EN[value.weekday()]} {value.day} {MONTHS_EN[value.month - 1]} {value.year}",
        )
    return Text(str(value), str(value))
