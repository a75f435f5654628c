"""What a line of the log holds, whoever wrote it."""

import json
import subprocess
import sys

LINES = """
import logging, structlog
from forum.settings import load
from forum.web import logs
logs.configure(load({"FORUM_LOG": "json"}))
try:
    1 / 0
except ZeroDivisionError:
    structlog.get_logger("forum.web").exception("ours", path="a\\nb")
    logging.getLogger("uvicorn.error").exception("theirs %s", "x\\ny")
structlog.get_logger("forum.web").debug("nothing")
"""


def test_a_line_is_one_line_and_tells_where_it_went_wrong() -> None:
    done = subprocess.run([sys.executable, "-c", LINES], capture_output=True, text=True, check=True)
    ours, theirs = (json.loads(line) for line in done.stderr.splitlines())
    assert (ours["event"], ours["level"], ours["logger"], ours["path"]) == ("ours", "error", "forum.web", "a\nb")
    assert (theirs["event"], theirs["level"], theirs["logger"]) == ("theirs x\ny", "error", "uvicorn.error")
    assert "ZeroDivisionError: division by zero" in ours["exception"]
    assert "ZeroDivisionError: division by zero" in theirs["exception"]
