"""/healthz, /readyz and /metrics: answered before anything else, for whoever watches the web processes.

They know no session and no host name: an orchestrator asks by IP address and without HTTPS.
"""

from __future__ import annotations

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse, JsonResponse

from projet.observability.metrics import metrics
from tasks_app.broker.ping import recent_answer
from tasks_app.db import shared_time
from tasks_app.monitor.health import CLOCK, DATABASE, WORKERS, Level, run, worst


def healthz(request: HttpRequest) -> HttpResponse:
    """This process takes requests."""
    return JsonResponse({"status": "ok"})


def readyz(request: HttpRequest) -> HttpResponse:
    """200 where this process can serve: the database answers. The rest is told, and is no reason to leave
    it out: without broker, workers or clock people still read, launch and schedule. Public: levels only."""
    now = shared_time.now()
    [database] = [check for check in DATABASE if check.key == "database"]
    levels = {check.key: worst(findings) for check, findings in run([database], now)}
    if levels["database"] is Level.OK:
        levels |= {check.key: worst(findings) for check, findings in run([*WORKERS, *CLOCK], now)}
    levels["broker"] = Level.OK if recent_answer().takes_messages else Level.FAILED
    return JsonResponse(
        {"status": _status(levels)} | {key: level.name.lower() for key, level in levels.items()},
        status=200 if levels["database"] is Level.OK else 503,
    )


def _status(levels: dict[str, Level]) -> str:
    if levels["database"] is not Level.OK:
        return "failed"
    return "ok" if max(levels.values()) is Level.OK else "degraded"


PROBES: dict[str, Callable[[HttpRequest], HttpResponse]] = {
    "/healthz": healthz,
    "/readyz": readyz,
    "/metrics": metrics,
}


class ProbeMiddleware:
    """Stands first: what it answers, no other middleware sees."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        probe = PROBES.get(request.path_info)
        if probe is None:
            return self.get_response(request)
        if request.method not in ("GET", "HEAD"):
            return HttpResponse(status=405)
        answer = probe(request)
        answer["Cache-Control"] = "no-store"
        return answer
