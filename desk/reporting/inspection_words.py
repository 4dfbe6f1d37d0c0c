"""The figures of the yearly inspection in words, this year's beside last year's, in the page's language."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from flask_babel import get_locale
from flask_babel import gettext as _

from desk.law.regimes import REGIME, get_regime
from desk.reporting.inspection import Figures
from desk.tickets.words import CHANNELS, POPULATIONS


@dataclass(frozen=True, slots=True)
class Line:
    """One figure: what it counts, this year's value and last year's, None where there was no figure."""

    label: str
    value: str
    before: str | None


@dataclass(frozen=True, slots=True)
class Section:
    """Figures that belong together."""

    code: str
    title: str
    lines: tuple[Line, ...]


def sections_of(figures: Figures, before: Figures | None) -> list[Section]:
    """Return the figures in words, section by section."""
    return [Section(code, title, tuple(_lines(code, figures, before))) for code, title in _titles().items()]


def _titles() -> dict[str, str]:
    return {
        "cases": _("受付と対応"),
        "kinds": _("種別ごとの受付"),
        "populations": _("対象者ごとの受付"),
        "channels": _("受付方法ごとの受付"),
        "outcomes": _("結果"),
        "decisions": _("判断と承認"),
        "grounds": _("応じなかった根拠"),
        "complaints": _("苦情の結果"),
        "fees": _("手数料"),
        "response": _("対応にかかった時間"),
        "policy": _("プライバシーポリシー"),
        "services": _("外部のサービス"),
        "consents": _("同意"),
        "uses": _("目的外の利用"),
        "safety": _("保存と漏えい等"),
        "actions": _("是正処置の件数"),
    }


def _lines(code: str, figures: Figures, before: Figures | None) -> Iterator[Line]:
    """Yield the lines of a section; one that only last year had is shown too."""
    this, last = _values(code, figures), _values(code, before) if before is not None else {}
    for key in [*this, *(key for key in last if key not in this)]:
        yield Line(_label(code, key), this.get(key, "0"), last.get(key) if before is not None else None)


def _values(code: str, figures: Figures) -> dict[str, str]:
    """Return the figures of a section by their keys, as text."""
    if code == "response":
        return {
            f"{measure}.{part}": text
            for measure, stat in figures["response"].items()
            for part, text in _stat(stat).items()
        }
    flat: Mapping[str, Any] = {
        "cases": {
            key: figures[key] for key in ("received", "excluded", "open_at_start", "open_at_end", "ended", "reopened")
        },
        "kinds": {one["kind"]: one["received"] for one in figures["by_kind"]},
        "populations": figures["by_population"],
        "channels": figures["by_channel"],
        "outcomes": figures["outcomes"]
        | {f"_{key}": figures[key] for key in ("refused", "not_held", "unproven", "lapsed", "withdrawn", "referred")},
        "decisions": {key: value for key, value in figures.get("decisions", {}).items() if key != "grounds"},
        "grounds": figures.get("decisions", {}).get("grounds", {}),
        "complaints": figures["complaints"],
        "fees": figures.get("fees", {}),
        "policy": figures["policy"] | {"new": len(figures["policy"]["new"])},
        "services": figures["services"],
        "consents": figures.get("consents", {}),
        "uses": figures.get("uses", {}),
        "safety": {key: figures[key] for key in ("breach_suspects", "traces_late")},
        "actions": figures["actions"],
    }[code]
    return {key: f"{value:,}" if isinstance(value, int) else "–" for key, value in flat.items()}


def _stat(stat: Mapping[str, Any]) -> dict[str, str]:
    share = "–" if stat["share"] is None else f"{stat['share']:.1f}%"
    return {
        "n": f"{stat['n']:,}",
        "median": "–" if stat["median"] is None else f"{stat['median']:g}",
        "p90": "–" if stat["p90"] is None else f"{stat['p90']:g}",
        "in_time": f"{stat['in_time']:,}/{stat['termed']:,} ({share})",
    }


def _label(code: str, key: str) -> str:
    regime, lang = get_regime(REGIME), str(get_locale() or "ja")
    if code == "kinds":
        return regime.kinds[key].name.get(lang) if key in regime.kinds else key
    if code in {"outcomes", "complaints"} and not key.startswith("_"):
        return regime.outcomes[key].name.get(lang) if key in regime.outcomes else key
    if code == "grounds":
        return f"{key} {regime.grounds[key].gloss.get(lang)}" if key in regime.grounds else key
    if code == "populations":
        return str(POPULATIONS.get(key, key))
    if code == "channels":
        return str(CHANNELS.get(key, key))
    if code == "response":
        measure, _dot, part = key.partition(".")
        return f"{_measures()[measure]} {_parts()[part]}"
    return str(_words().get(f"{code}.{key}", key))


def _measures() -> dict[str, str]:
    return {
        "ack": _("受付通知まで（分）"),
        "answer": _("最初の回答まで（時間）"),
        "days": _("最初の回答まで（営業日）"),
        "notice": _("結果の通知まで（日）"),
    }


def _parts() -> dict[str, str]:
    return {"n": _("件数"), "median": _("中央値"), "p90": _("90パーセンタイル"), "in_time": _("期限内")}


def _words() -> dict[str, str]:
    return {
        "cases.received": _("受け付けたもの"),
        "cases.excluded": _("迷惑・重複（ほかの数に含めません）"),
        "cases.open_at_start": _("期首に対応中のもの"),
        "cases.open_at_end": _("期末に対応中のもの"),
        "cases.ended": _("終了したもの"),
        "cases.reopened": _("終了後に再開したもの"),
        "outcomes._refused": _("応じなかったもの（計）"),
        "outcomes._not_held": _("不存在（計）"),
        "outcomes._unproven": _("本人・代理権を確認できなかったもの（計）"),
        "outcomes._lapsed": _("期限経過（計）"),
        "outcomes._withdrawn": _("取下げ（計）"),
        "outcomes._referred": _("移送・案内（計）"),
        "decisions.approved": _("承認した判断"),
        "decisions.alone": _("そのうち作成者だけで承認したもの"),
        "decisions.despite": _("そのうち未了の確認事項があったもの"),
        "fees.paid": _("受け取った件数"),
        "fees.yen": _("受け取った金額（円）"),
        "policy.in_force": _("適用中の版"),
        "policy.new": _("この年度に施行した版"),
        "policy.gaps": _("書かれていない事項"),
        "policy.answered": _("そのうち当面の回答を承認したもの"),
        "policy.contradictions": _("設定と食い違うところ"),
        "services.used": _("利用しているサービス"),
        "services.undecided": _("法律上の関係が未定のもの"),
        "services.reviewed": _("この年度に確認したもの"),
        "services.overdue": _("見直しの期限を過ぎたもの"),
        "consents.given": _("この年度にいただいたもの"),
        "consents.withdrawn": _("この年度に撤回されたもの"),
        "uses.allowed": _("認めたもの"),
        "uses.refused": _("認めなかったもの"),
        "uses.undecided": _("判断を待つもの"),
        "safety.breach_suspects": _("漏えい等のおそれの連絡"),
        "safety.traces_late": _("消去の期限を過ぎた接続情報"),
        "actions.opened": _("この年度に始めたもの"),
        "actions.closed": _("この年度に終えたもの"),
        "actions.open": _("続いているもの"),
    }
