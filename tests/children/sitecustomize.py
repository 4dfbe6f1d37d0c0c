"""Python runs this at its start: a process that a test started begins at the test's moment, and time passes for it."""

import os

_now = os.environ.get("DESK_TEST_CHILD_NOW")
if _now:
    import sys
    from datetime import datetime

    # the library would take it along, and each start would take a tenth of a second longer
    sys.modules["pytest"] = None  # type: ignore[assignment]
    import time_machine

    del sys.modules["pytest"]
    time_machine.travel(datetime.fromisoformat(_now), tick=True).start()
