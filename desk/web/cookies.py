"""Every cookie that the desk sets: only what a page needs to work, said to whoever asks."""

from dataclasses import dataclass
from typing import Any

from flask_babel import lazy_gettext as _


@dataclass(frozen=True, slots=True)
class Cookie:
    """One cookie; in production its name begins with `__Host-` or `__Secure-`."""

    name: str
    purpose: Any
    life: Any
    is_public: bool
    """Set for people who write to the desk, and not for its staff alone."""


COOKIES = (
    Cookie(
        "desk",
        _("フォームを別のサイトから送られないようにし、表示するお知らせを覚えます"),
        _("ブラウザーを閉じるまで"),
        is_public=True,
    ),
    Cookie("receipt", _("送信した直後の受付の画面を、再読み込みしても表示します"), _("30分"), is_public=True),
    Cookie("link", _("専用ページを開いている間、どのお申し出のページかを覚えます"), _("30分"), is_public=True),
    Cookie("grant", _("確認コードを入力した方だけに、やりとりの内容を表示します"), _("30分"), is_public=True),
    Cookie("staff", _("職員がログインしていることを覚えます"), _("ブラウザーを閉じるまで"), is_public=False),
)


def bare_name(name: str) -> str:
    """Return a cookie's name without the prefix that it has in production."""
    return name.removeprefix("__Host-").removeprefix("__Secure-")
