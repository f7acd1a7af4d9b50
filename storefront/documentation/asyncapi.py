"""AsyncAPI 3 of the facts that modules announce."""

from collections.abc import Sequence
from typing import Any

from storefront.contracts.schema import Schema, Schemas
from storefront.contracts.snapshot import events_of
from storefront.documentation.source import first_line
from storefront.events.event import Event
from storefront.topology.wiring import Wiring

ENVELOPE: Schema = {
    "type": "object",
    "description": "The attributes of CloudEvents 1.0 that are used.",
    "required": ["specversion", "id", "source", "type", "subject", "time", "dataversion"],
    "properties": {
        "specversion": {"const": "1.0"},
        "id": {"type": "string", "description": "Unique: whoever has seen it does nothing."},
        "source": {"type": "string", "description": "The module that announced it."},
        "type": {"type": "string"},
        "subject": {"type": "string", "description": "Facts of one subject arrive in order."},
        "time": {"type": "string", "format": "date-time"},
        "dataversion": {"type": "integer", "description": "Of the payload; an older one is upcast by its reader."},
        "delivery": {"type": "integer", "description": "Of the producer; named in the receipt."},
        "traceparent": {"type": "string"},
        "unanswered": {
            "type": "integer", "description": "How often it was sent, this time included, without an answer.",
        },
        "replay": {"type": "string", "description": "Names the run, if history is sent again."},
    },
}


def document(modules: Sequence[str], wired: Wiring, *, version: str) -> dict[str, Any]:
    """One channel per event; its producer sends, each subscriber receives. version: of the shop."""
    schemas = Schemas(at="#/components/schemas/")
    events = [event for module in modules for event in events_of(module)]
    messages = {event.__name__: _message(event, schemas) for event in events}
    return {
        "asyncapi": "3.0.0",
        "info": {
            "title": "Facts of the shop",
            "version": version,
            "description": "Delivered at least once, in order per subject. Unknown fields are to be read past.",
        },
        "defaultContentType": "application/json",
        "channels": {event.event_type: _channel(event) for event in events},
        "operations": {
            name: operation for event in events for name, operation in _operations(event, wired).items()
        },
        "components": {
            "messages": messages,
            "schemas": {name: _draft_7(schema) for name, schema in sorted(schemas.definitions.items())},
            "messageTraits": {"envelope": {"headers": ENVELOPE}},
        },
    }


def _message(event: type[Event], schemas: Schemas) -> dict[str, Any]:
    return {
        "name": event.event_type,
        "title": event.__name__,
        "summary": first_line(event),
        "payload": schemas.of(event),
        "traits": [{"$ref": "#/components/messageTraits/envelope"}],
        "x-version": event.event_version,
        "x-subject": event.event_subject,
    }


def _channel(event: type[Event]) -> dict[str, Any]:
    return {
        "address": event.event_type,
        "messages": {event.__name__: {"$ref": f"#/components/messages/{event.__name__}"}},
    }


def _operations(event: type[Event], wired: Wiring) -> dict[str, Any]:
    name, channel = event.__name__, event.event_type
    ends = [("send", channel.partition(".")[0])]
    ends += [("receive", consumer) for consumer in wired.events.get(channel, ())]
    return {
        f"{module}.{action}.{name}": {
            "action": action,
            "channel": {"$ref": f"#/channels/{channel}"},
            "messages": [{"$ref": f"#/channels/{channel}/messages/{name}"}],
            "tags": [{"name": module}],
        }
        for action, module in ends
    }


def _draft_7(schema: Any) -> Any:
    """AsyncAPI's own schemas are of draft 7, where a fixed list is written otherwise."""
    if isinstance(schema, list):
        return [_draft_7(part) for part in schema]
    if not isinstance(schema, dict):
        return schema
    parts = {name: _draft_7(part) for name, part in schema.items()}
    if "prefixItems" in parts:
        parts |= {"items": parts.pop("prefixItems"), "additionalItems": False}
    return parts
