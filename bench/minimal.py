"""The minimal program that the form is measured against: bare Flask, one durable INSERT a POST."""

import os
import threading

import psycopg
from flask import Flask, request

app = Flask(__name__)
_local = threading.local()


@app.get("/")
def hello() -> str:
    """Show that it runs."""
    return "ok"


@app.post("/")
def keep() -> str:
    """Keep what was sent."""
    if not hasattr(_local, "connection"):
        _local.connection = psycopg.connect(os.environ["BENCH_CONNINFO"], autocommit=True)
    _local.connection.execute("INSERT INTO minimal (body) VALUES (%s)", (request.form["body"],))
    return "kept"
