"""The manager door."""

from flask import Blueprint

blueprint = Blueprint("manager", __name__)
