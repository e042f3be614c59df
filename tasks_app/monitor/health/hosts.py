"""What must be alike on all hosts: the hour, the time zone, the version; and that there is room left."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from django.conf import settings
from django.utils import timezone
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from tasks_app.db import shared_time
from tasks_app.display import first_of, span, zoned
from tasks_app.models import Node
from tasks_app.monitor.health.checks import WATCHES, Check, Finding, Guide, degraded, failed, noted, ok
from tasks_app.monitor.heartbeat import JUMP_TOLD_FOR, host_facts

# Heartbeats and leases live with seconds; schedules are off by as much as the clock's host is.
OFF_BY, FAR_OFF_BY = timedelta(seconds=2), timedelta(seconds=30)
HALF_AN_HOUR = 30 * 60  # seconds: zones differ by multiples of it
LITTLE_ROOM, NO_ROOM = 500, 50  # MiB
# A process that vanished longer ago than this was replaced or is not missed.
MISSED_FOR = timedelta(hours=1)
MOST = 1_000  # processes that are looked at
SEVERAL_HOSTS = Guide("operations.md", "Several hosts")


def alive(now: datetime) -> list[Node]:
    """The processes that gave a sign of life just now."""
    return list(Node.objects.alive(now)[:MOST])


def silent(now: datetime) -> Iterator[Finding]:
    found = Node.objects.silent(now).filter(beat_at__gte=now - MISSED_FOR).order_by("name")
    names = list(found.values_list("name", flat=True)[:100])
    if not names:
        yield ok(_("No process fell silent in the last hour."))
        return
    yield degraded(
        ngettext(
            "%(count)d process fell silent: %(names)s.",
            "%(count)d processes fell silent: %(names)s.",
            len(names),
        )
        % {"count": len(names), "names": first_of(names)},
        _("It crashed, stands still, or is cut off from the database. Its jobs are taken over. See its log."),
        "queues/",
    )


def versions(nodes: Sequence[Node]) -> Iterator[Finding]:
    by_version: dict[str, list[str]] = defaultdict(list)
    for node in nodes:
        if node.version:
            by_version[node.version].append(node.name)
    by_version[settings.VERSION].append(_("this process"))
    if len(by_version) < 2:
        yield ok(_("All processes run the same version."))
        return
    told = "; ".join(f"{version}: {first_of(names)}" for version, names in sorted(by_version.items()))
    yield degraded(
        _("Processes run different versions (%s).") % told,
        _("That is normal during an update. Afterwards, restart those of the old version."),
        "queues/",
    )


def clocks(nodes: Sequence[Node]) -> Iterator[Finding]:
    """The hour of each host, against the database's; and who was set to another one lately."""
    told = {node.name: node.details for node in nodes} | {_("this process"): host_facts()}
    off = {name: timedelta(milliseconds=facts.get("clock_ahead_ms", 0)) for name, facts in told.items()}
    off = {name: ahead for name, ahead in off.items() if abs(ahead) >= OFF_BY}
    for name, ahead in off.items():
        yield _off(name, ahead)
    jumps = [jump for name, facts in told.items() for jump in _jumps(name, facts)]
    yield from jumps
    if not off and not jumps:
        yield ok(_("The hosts and the database agree on the time."))


def _jumps(name: str, facts: Mapping[str, Any]) -> Iterator[Finding]:
    """Of the last hour, though it be right again."""
    for key, forward, back in (
        (
            "clock_jump",
            _("The clock of the host of %(name)s was set %(span)s ahead at %(at)s."),
            _("The clock of the host of %(name)s was set back by %(span)s at %(at)s."),
        ),
        (
            "database_jump",
            _("The database's time jumped %(span)s ahead at %(at)s, as %(name)s saw it."),
            _("The database's time went back by %(span)s at %(at)s, as %(name)s saw it."),
        ),
    ):
        jump = facts.get(key) or {}
        at = parse_datetime(jump.get("at", ""))
        if at is None or shared_time.now() - at > JUMP_TOLD_FOR:
            continue
        seconds = jump.get("seconds", 0)
        values = {
            "name": name,
            "span": span(timedelta(seconds=abs(seconds))),
            "at": zoned(timezone.localtime(at), "H:i:s T"),
        }
        yield degraded(
            (forward if seconds > 0 else back) % values,
            _(
                "Schedules and waiting jobs were given the times that they should have. See why it "
                "happened: NTP corrects a clock by small steps (timedatectl); a host that slept jumps once."
            ),
            "queues/",
        )


def _off(name: str, ahead: timedelta) -> Finding:
    values = {"name": name, "span": span(abs(ahead))}
    sentence = (
        _("The host of %(name)s is %(span)s ahead of the database.")
        if ahead > timedelta()
        else _("The host of %(name)s is %(span)s behind the database.")
    ) % values
    seconds = abs(ahead).total_seconds()
    near_zone = round(seconds / HALF_AN_HOUR)
    if near_zone and abs(seconds - near_zone * HALF_AN_HOUR) < 120:
        remedy = _(
            "Whole hours point to a clock that was set in a wrong time zone: schedules run that much too "
            "early or "
            "too late. Set the host's zone and time (timedatectl), then start its processes again."
        )
    else:
        remedy = _(
            "Schedules and leases are off by as much. Let the host's clock be set by NTP (timedatectl)."
        )
    return (failed if abs(ahead) >= FAR_OFF_BY else degraded)(sentence, remedy, "queues/")


def zones(now: datetime, nodes: Sequence[Node]) -> Iterator[Finding]:
    """The zone that each host reckons in, and whether its zone data say the same of this moment."""
    try:
        here = timezone.localtime(now, ZoneInfo(settings.TIME_ZONE)).utcoffset() or timedelta()
    except ZoneInfoNotFoundError:
        yield failed(
            _("There are no time zone data for %s on this host.") % settings.TIME_ZONE,
            _("Install them: pip install tzdata, or the package tzdata of the system."),
        )
        return
    wrong = [finding for node in nodes if (finding := _wrong_zone(node, here))]
    yield from wrong or [ok(_("Time zone data are there, and all hosts work in %s.") % settings.TIME_ZONE)]


def _wrong_zone(node: Node, here: timedelta) -> Finding | None:
    """What is wrong with a host's reckoning; `here` is how far this process is from UTC now."""
    zone = node.details.get("time_zone", settings.TIME_ZONE)
    offset = node.details.get("utc_offset_minutes")
    minutes = int(here.total_seconds() // 60)
    if zone != settings.TIME_ZONE:
        return _other_zone(node.name, zone)
    # A heartbeat of before a clock change says the old offset for some seconds.
    if offset not in (None, minutes) and timezone.localtime(node.beat_at).utcoffset() == here:
        return _other_zone_data(node.name, zone, offset, minutes)
    return None


def _other_zone(name: str, zone: str) -> Finding:
    return failed(
        _("%(name)s works in the time zone %(zone)s, this process in %(here)s.")
        % {"name": name, "zone": zone, "here": settings.TIME_ZONE},
        _("Schedules would run at another hour than the pages show. Set TIME_ZONE alike on all hosts."),
        "queues/",
    )


def _other_zone_data(name: str, zone: str, offset: int, here: int) -> Finding:
    """Both in minutes from UTC."""
    return failed(
        _(
            "The time zone data of %(name)s differ: %(zone)s is %(offset)+d minutes from UTC "
            "there, %(here)+d here."
        )
        % {"name": name, "zone": zone, "offset": offset, "here": here},
        _(
            "Update the time zone data of the older host (the package tzdata), then start its "
            "processes again."
        ),
        "queues/",
    )


def room(nodes: Sequence[Node]) -> Iterator[Finding]:
    told = {node: free for node in nodes if (free := node.details.get("disk_free_mib")) is not None}
    short = {node: free for node, free in told.items() if free < LITTLE_ROOM}
    for node, free in short.items():
        sentence = _("The disk of %(name)s has %(free)d MiB left for data.") % {
            "name": node.name,
            "free": free,
        }
        remedy = _(
            "Reports and emails cannot be written to a full disk. Free some room, or keep files for a "
            "shorter time (RETENTION_REPORTS_DAYS)."
        )
        yield (failed if free < NO_ROOM else degraded)(sentence, remedy, "queues/")
    if not told:
        yield noted(_("No process says how much room its disk has."))
    elif not short:
        yield ok(_("There is room on the disks."))


def host_checks(nodes: Callable[[datetime], Sequence[Node]] = alive) -> list[Check]:
    """`nodes` says which processes are alive: a page that has read them already need not do so again."""
    return [
        Check("silent", gettext_lazy("Silent processes"), silent, WATCHES),
        Check(
            "versions",
            gettext_lazy("Versions"),
            lambda now: versions(nodes(now)),
            WATCHES,
            Guide("upgrade.md", "What a mixed house shows"),
        ),
        Check(
            "clocks",
            gettext_lazy("Clocks of the hosts"),
            lambda now: clocks(nodes(now)),
            WATCHES,
            SEVERAL_HOSTS,
        ),
        Check(
            "zones", gettext_lazy("Time zones"), lambda now: zones(now, nodes(now)), WATCHES, SEVERAL_HOSTS
        ),
        Check(
            "room",
            gettext_lazy("Room on disks"),
            lambda now: room(nodes(now)),
            WATCHES,
            Guide("security.md", "What is kept how long"),
        ),
    ]


HOSTS = host_checks()
