"""The page that lists and shows the mails that the catcher took; it reads, and changes nothing."""

from dataclasses import asdict
from pathlib import Path
from typing import Any

from flask import Flask, Response, abort, jsonify, render_template

from desk.clock import TOKYO
from desk.develop.caught import Caught, Letter, Summary, split_links

ROOT = Path(__file__).parents[2]
HEADERS = {
    "Content-Security-Policy": "default-src 'none'; style-src 'self'; base-uri 'none'; form-action 'none'; "
    "frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-store",
}


def create_page(caught: Caught) -> Flask:
    """Return the page over a folder of caught mails as a small application of its own."""
    app = Flask("mailbox", template_folder=str(ROOT / "templates"), static_folder=str(ROOT / "desk" / "static"))
    app.config["TRUSTED_HOSTS"] = ["127.0.0.1", "localhost"]  # no other site may point a name of its own here
    app.jinja_env.filters["tokyo"] = lambda instant: f"{instant.astimezone(TOKYO):%Y-%m-%d %H:%M:%S}"

    @app.after_request
    def guard(response: Response) -> Response:
        response.headers.update(HEADERS)
        return response

    @app.get("/")
    def index() -> str:
        return render_template("develop/mails.html", mails=caught.list_mails())

    @app.get("/messages.json")
    def index_json() -> Response:
        return jsonify([_as_json(mail) for mail in caught.list_mails()])

    @app.get("/messages/<mail_id>")
    def show(mail_id: str) -> str:
        letter = _get_letter(caught, mail_id)
        return render_template("develop/mail.html", letter=letter, pieces=list(split_links(letter.text)))

    @app.get("/messages/<mail_id>.json")
    def show_json(mail_id: str) -> Response:
        letter = _get_letter(caught, mail_id)
        links = [piece.href for piece in split_links(letter.text) if piece.href]
        body = {"text": letter.text, "headers": letter.headers, "attachments": letter.attachments, "links": links}
        return jsonify({**_as_json(letter.summary), **body})

    @app.get("/messages/<mail_id>.eml")
    def raw(mail_id: str) -> Response:
        content = caught.find_bytes(mail_id)
        if content is None:
            abort(404)
        disposition = {"Content-Disposition": f'attachment; filename="{mail_id}.eml"'}
        return Response(content, mimetype="message/rfc822", headers=disposition)

    return app


def _get_letter(caught: Caught, mail_id: str) -> Letter:
    letter = caught.find_letter(mail_id)
    if letter is None:
        abort(404)
    return letter


def _as_json(mail: Summary) -> dict[str, Any]:
    row = asdict(mail)
    row["from"], row["to"] = row.pop("sender"), row.pop("recipients")
    row["received_at"] = mail.received_at.isoformat()
    return row
