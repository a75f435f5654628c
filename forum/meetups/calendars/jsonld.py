"""A meetup for search engines: schema.org's Event as JSON-LD. Only for pages that a guest may open."""

import json
from typing import Any
from zoneinfo import ZoneInfo

from forum.meetups.views import MeetupPage, OccurrenceView, PlaceView

SCHEMA = "https://schema.org"


def event(page: MeetupPage, text: str, *, site_name: str, base_url: str) -> str:
    """JSON that may stand in a `<script type="application/ld+json">`: nothing in it can close the element.

    `text`: the announcement as plain text. The online room is for who comes: its address is never here.
    """
    date = page.occurrence
    made: dict[str, Any] = {
        "@context": SCHEMA,
        "@type": "Event",
        "name": date.title,
        "url": base_url + page.url,
        "description": text[:2000],
        "startDate": _wall(date, date.starts_at),
        "endDate": _wall(date, date.ends_at),
        "eventStatus": f"{SCHEMA}/{_status(date)}",
        "eventAttendanceMode": f"{SCHEMA}/{_mode(date, page.place)}",
        "location": _where(page, base_url),
        "organizer": {"@type": "Organization", "name": site_name, "url": base_url + "/"},
        "isAccessibleForFree": True,
    }
    if locale := page.meetup.locale:
        made["inLanguage"] = locale
    if date.previous_starts_at and not date.is_cancelled:
        made["previousStartDate"] = _wall(date, date.previous_starts_at)
    if date.capacity is not None:
        made["maximumAttendeeCapacity"] = date.capacity
        made["remainingAttendeeCapacity"] = date.free
    # "<" could end the element, "&" and ">" are a habit; both separators end a line in old JavaScript
    words = json.dumps(made, ensure_ascii=False)
    for sign in "<>&\u2028\u2029":
        words = words.replace(sign, f"\\u{ord(sign):04x}")
    return words


def _wall(date: OccurrenceView, moment: Any) -> str:
    """ISO 8601 with the offset of the place: "2027-04-10T19:00:00+02:00"."""
    return str(moment.astimezone(ZoneInfo(date.timezone)).isoformat())


def _status(date: OccurrenceView) -> str:
    if date.is_cancelled:
        return "EventCancelled"
    return "EventRescheduled" if date.previous_starts_at else "EventScheduled"


def _mode(date: OccurrenceView, place: PlaceView | None) -> str:
    online = date.is_online
    if online and place:
        return "MixedEventAttendanceMode"
    return "OnlineEventAttendanceMode" if online else "OfflineEventAttendanceMode"


def _where(page: MeetupPage, base_url: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    if place := page.place:
        spot: dict[str, Any] = {"@type": "Place", "name": place.name, "address": place.address or place.name}
        if place.latitude is not None:
            spot["geo"] = {"@type": "GeoCoordinates", "latitude": place.latitude, "longitude": place.longitude}
        if place.step_free is not None:
            spot["amenityFeature"] = [
                {"@type": "LocationFeatureSpecification", "name": name, "value": value}
                for name, value in place.facts
                if value is not None
            ]
        found.append(spot)
    if page.occurrence.is_online:
        found.append({"@type": "VirtualLocation", "url": base_url + page.url})
    return found
