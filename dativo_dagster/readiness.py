"""Whether the orchestrator works: its page answers, the jobs are loaded, and the daemon has shown that it lives."""

import json
from http.client import HTTPConnection, HTTPException
from typing import Any

_QUERY = """{
  workspaceOrError { ... on Workspace { locationEntries {
    loadStatus locationOrLoadError { __typename ... on PythonError { message } } } } }
  instance { daemonHealth { allDaemonStatuses { daemonType required healthy } } }
}"""
_NEEDED = {"SCHEDULER", "SENSOR", "QUEUED_RUN_COORDINATOR"}
_TIMEOUT_S = 10.0


def missing(host: str, port: int) -> str | None:
    """Return what the orchestrator behind the page at an address still waits for; None when it is ready."""
    try:
        answer = _ask(host, port)
    except (OSError, ValueError, HTTPException):
        return "the page does not answer"
    entries = answer["workspaceOrError"].get("locationEntries") or []
    for entry in entries:
        loaded = entry["locationOrLoadError"] or {}
        if loaded.get("__typename") == "PythonError":
            return f"the jobs cannot be loaded: {loaded.get('message')}"
    if not entries or any(entry["loadStatus"] != "LOADED" for entry in entries):
        return "the jobs are not loaded"
    daemons = answer["instance"]["daemonHealth"]["allDaemonStatuses"]
    alive = {each["daemonType"] for each in daemons if each["healthy"]}
    return None if alive >= _NEEDED else "the daemon has not shown that it lives"


def _ask(host: str, port: int) -> dict[str, Any]:
    connection = HTTPConnection(host, port, timeout=_TIMEOUT_S)
    try:
        connection.request("POST", "/graphql", json.dumps({"query": _QUERY}), {"Content-Type": "application/json"})
        found: dict[str, Any] = json.load(connection.getresponse())["data"]
    finally:
        connection.close()
    return found
