"""Where pytest finds the fixtures: the real services here, the application's in `tests/fixtures.py`."""

pytest_plugins = ["tests.services.fixtures", "tests.fixtures", "tests.mail.fixtures", "tests.web.look"]
