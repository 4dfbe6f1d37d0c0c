"""Python runs this at its start: a process that a test started begins at the test's moment, and time passes for it."""

import os

_now = os.environ.get("DESK_TEST_CHILD_NOW")
if _now:
    from datetime import datetime

    import time_machine

    time_machine.travel(datetime.fromisoformat(_now), tick=True).start()
