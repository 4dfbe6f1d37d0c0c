"""How a mail leaves."""

from flask import Flask

from desk.config import Config


def init_mail(app: Flask, config: Config) -> None:
    """Bind the channel to the application."""
    app.extensions["mail_settings"] = config.mail
