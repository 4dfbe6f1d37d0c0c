"""The application factory: settings in, a wired Flask application out. Only entry points import it."""

import fcntl
from pathlib import Path

from flask import Flask
from flask_babel import Babel
from flask_openapi3.models.info import Info
from flask_openapi3.openapi import OpenAPI
from werkzeug.middleware.proxy_fix import ProxyFix

import desk.attachments.models
import desk.events.models
import desk.mail.models
import desk.search.models
import desk.tickets.address_requests
import desk.tickets.decisions
import desk.tickets.identity
import desk.tickets.links
import desk.tickets.models
import desk.tickets.sources
import desk.tickets.wordings  # noqa: F401 - every model, so that foreign keys find their tables
from desk import schema
from desk.config import Config, read_config
from desk.db import engine_options, init_db
from desk.events import trouble
from desk.logs import init_logs
from desk.mail.transport import init_mail
from desk.queue import init_queue
from desk.vault.keys import init_vault
from desk.web import (
    catalogue,
    errors,
    filters,
    guard,
    headers,
    languages,
    limits,
    navigation,
    pages,
    routes,
    uploads,
)
from desk.web.api import problems
from desk.web.ops.local import LocalNames

ROOT = Path(__file__).parent.parent


def create_app(config: Config | None = None) -> Flask:
    """Return the desk as a WSGI application, with the doors that its settings mount.

    Raises `desk.config.ConfigError` when a setting is missing or contradicts another.
    """
    config = config or read_config()
    init_logs(production=config.production)
    app = OpenAPI(
        "desk",
        info=Info(title="Madoguchi", version="1"),
        doc_ui=False,
        security_schemes={},
        validation_error_callback=problems.on_invalid,
        validation_error_model=problems.Problem,
        template_folder=str(ROOT / "templates"),
        static_folder=str(ROOT / "desk" / "static"),
    )
    app.config.from_mapping(_flask_settings(config))
    app.extensions["config"] = config
    _stand_behind_proxies(app, config)
    init_vault(app, config)
    init_db(app)
    trouble.init_trouble(app)
    init_queue(app, config.redis_url)
    init_mail(app, config)
    Babel(app, locale_selector=languages.current_language, timezone_selector=lambda: "Asia/Tokyo")
    catalogue.init_catalogue(app)
    filters.register(app)
    pages.init_pages(app)
    navigation.init_navigation(app)
    uploads.init_uploads(app)
    limits.init_limits(app, config)
    headers.init_headers(app, config)
    guard.init_guard(app)
    routes.mount(app, config.doors)
    errors.init_errors(app)
    if not config.production:
        _prepare_folder(app, config)
    return app


def _stand_behind_proxies(app: Flask, config: Config) -> None:
    if config.trusted_proxies:
        count = config.trusted_proxies
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=count, x_proto=count, x_host=0)  # type: ignore[method-assign]
    if config.production:
        app.wsgi_app = LocalNames(app.wsgi_app, config.hosts[0])  # type: ignore[method-assign]


def _flask_settings(config: Config) -> dict[str, object]:
    prefix = "__Host-" if config.production else ""
    translations = ROOT / "desk" / "translations"
    return {
        "SECRET_KEY": config.secret_key,
        "SQLALCHEMY_DATABASE_URI": config.database_url,
        "SQLALCHEMY_ENGINE_OPTIONS": engine_options(config.database_url),
        "TRUSTED_HOSTS": config.hosts,
        "MAX_CONTENT_LENGTH": 64 * 1024 * 1024,
        "MAX_FORM_MEMORY_SIZE": uploads.MOST_TEXT,
        "MAX_FORM_PARTS": 200,
        "SESSION_COOKIE_NAME": f"{prefix}desk",
        "SESSION_COOKIE_SECURE": config.production,
        "SESSION_COOKIE_HTTPONLY": True,
        "SESSION_COOKIE_SAMESITE": "Lax",
        "BABEL_DEFAULT_LOCALE": "ja",
        "BABEL_TRANSLATION_DIRECTORIES": ";".join(str(p) for p in sorted(translations.glob("*")) if p.is_dir()),
        "WTF_CSRF_TIME_LIMIT": 24 * 3600,
        "WTF_CSRF_SSL_STRICT": False,
        "SEND_FILE_MAX_AGE_DEFAULT": 31_536_000,
        "TEMPLATES_AUTO_RELOAD": False,
    }


def _prepare_folder(app: Flask, config: Config) -> None:
    """Bring a development folder's schema up to date on first use, under a file lock."""
    config.data_dir.mkdir(parents=True, exist_ok=True, mode=0o700)
    with (config.data_dir / ".schema.lock").open("w") as lock, app.app_context():
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not schema.is_current():
            schema.upgrade()
