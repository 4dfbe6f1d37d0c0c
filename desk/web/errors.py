"""Errors as pages: what happened, what to do, and a reference that names the log line and nobody's data."""

import secrets

import structlog
from flask import Flask, Response, g, make_response, render_template, request
from flask_babel import gettext as _
from flask_wtf.csrf import CSRFError
from markupsafe import escape
from sqlalchemy.exc import DBAPIError, OperationalError, SQLAlchemyError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from werkzeug.exceptions import HTTPException, SecurityError

from desk.db import db
from desk.events import trouble
from desk.logs import place_of
from desk.web.api.problems import problem
from desk.web.languages import PUBLIC_DOORS, current_language
from desk.web.late import late_page, typed_words

log = structlog.get_logger()


def init_errors(app: Flask) -> None:
    """Answer every error with a page of the desk's own, or a problem document in the API."""
    app.register_error_handler(HTTPException, on_http_error)
    app.register_error_handler(CSRFError, on_bad_proof)
    app.register_error_handler(OperationalError, on_database_away)
    app.register_error_handler(PoolTimeout, on_database_away)
    app.register_error_handler(OSError, on_disk_trouble)
    app.register_error_handler(Exception, on_crash)
    app.after_request(_tell_of_trouble)


def on_http_error(error: HTTPException) -> Response:
    """Answer an error that has a status of its own."""
    if error.response is not None:
        return make_response(error.response)
    if isinstance(error, SecurityError):  # a host name that is not ours: no address can be made for a page
        return Response("Bad request\n", 400, content_type="text/plain; charset=utf-8")
    status = error.code or 500
    if 300 <= status < 400:
        return make_response(error.get_response())
    return answer(status, reference=None)


def on_bad_proof(error: CSRFError) -> Response:
    """Answer a form whose proof of origin has ended, as after signing in again: staff get back what they typed."""
    words = typed_words()
    return late_page(words, 400) if words else on_http_error(error)


def on_database_away(error: Exception) -> Response:
    """Answer 503 when the database cannot be reached or is busy: nothing was received, the person may try again."""
    db.session.rollback()
    reference = secrets.token_hex(4)
    kind = type(error.orig).__name__ if isinstance(error, DBAPIError) else type(error).__name__
    trouble.note_error(error)
    log.error("request.database_away", reference=reference, endpoint=request.endpoint, error=kind)
    return answer(503, reference=reference)


def on_disk_trouble(error: OSError) -> Response:
    """Answer 503 when a disk is full or read-only: nothing was received; any other such error is a crash."""
    if not trouble.is_full(error):
        return on_crash(error)
    db.session.rollback()
    trouble.note_error(error)
    reference = secrets.token_hex(4)
    log.error("request.disk_full", alert=True, reference=reference, endpoint=request.endpoint, error=error.strerror)
    return answer(503, reference=reference)


def on_crash(error: Exception) -> Response:
    """Answer 500; the log line holds the kind of error and where, never its text."""
    db.session.rollback()
    reference = secrets.token_hex(4)
    where = place_of(error.__traceback__)
    log.error(
        "request.crashed", reference=reference, endpoint=request.endpoint, error=type(error).__name__, where=where
    )
    return answer(500, reference=reference)


def answer(status: int, reference: str | None) -> Response:
    """Return the error as a page or, in the API, as RFC 9457 problem+json."""
    title, advice = words(status)
    if request.path.startswith("/api/"):
        response = problem(status, advice)
    else:
        g.is_error = True
        response = _page(status, title, advice, reference)
    response.status_code = status
    if status == 503:
        response.headers["Retry-After"] = "30"
    return response


def _page(status: int, title: str, advice: str, reference: str | None) -> Response:
    """Return the error's page; without the database, which knows the company's name, a bare one."""
    try:
        return make_response(
            render_template(
                "errors/error.html",
                status=status,
                title=title,
                advice=advice,
                reference=reference,
                is_public=request.blueprint in PUBLIC_DOORS,
            )
        )
    except SQLAlchemyError:
        db.session.rollback()
        language = current_language()
        return make_response(
            f'<!doctype html>\n<html lang="{language}"><meta charset="utf-8"><title>{escape(title)}</title>'
            f"<h1>{escape(title)}</h1><p>{escape(advice)}</p><p>{escape(reference or '')}</p></html>\n"
        )


def _tell_of_trouble(response: Response) -> Response:
    """Leave the alert that is due with whatever answer comes first."""
    trouble.tell()
    return response


def words(status: int) -> tuple[str, str]:
    """Return what happened and what to do, for one status."""
    known = {
        400: (_("送信内容を確認できませんでした"), _("前の画面に戻り、もう一度お試しください。")),
        403: (_("この操作はできません"), _("必要な場合は管理者にご相談ください。この操作は記録されました。")),
        404: (
            _("ページが見つかりません"),
            _("アドレスが正しいかご確認ください。専用リンクの有効期限が切れている場合もあります。"),
        ),
        405: (_("この操作はできません"), _("前の画面に戻り、もう一度お試しください。")),
        409: (_("ほかの人が先に変更しました"), _("最新の内容を確認してから、もう一度お試しください。")),
        413: (_("送信されたデータが大きすぎます"), _("ファイルは1つ10MBまで、5つまで添付できます。")),
        429: (_("短い時間に多くの送信がありました"), _("しばらく待ってから、もう一度お試しください。")),
        503: (
            _("ただいま混み合っています"),
            _("まだ受け付けていません。少し時間をおいて、もう一度お試しください。"),
        ),
    }
    fallback = (_("エラーが発生しました"), _("時間をおいてもう一度お試しください。"))
    return known.get(status, known[400] if 400 <= status < 500 else fallback)
