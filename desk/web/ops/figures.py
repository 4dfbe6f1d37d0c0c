"""The desk's health as Prometheus gauges; no label holds anything about a person."""

from prometheus_client import CollectorRegistry, Gauge
from prometheus_client.exposition import CONTENT_TYPE_PLAIN_0_0_4, generate_latest

from desk.reporting.health import Health, Inbox, Queues

CONTENT_TYPE = CONTENT_TYPE_PLAIN_0_0_4


def expose(health: Health) -> bytes:
    """Return the gauges in the text format, from a registry of their own."""
    registry = CollectorRegistry()
    _gauge(registry, "desk_database_writable", "1 when a row can be committed", float(health.database))
    _gauge(registry, "desk_storage_writable", "1 when a file can be written", float(health.storage))
    if health.queues is not None:
        _add_queues(registry, health.queues)
    return generate_latest(registry)


def _add_queues(registry: CollectorRegistry, queues: Queues) -> None:
    _gauge(registry, "desk_schema_current", "1 when the schema is this version's", float(queues.schema_current))
    _gauge(registry, "desk_redis_up", "1 when Redis answers", float(queues.redis_up))
    if queues.jobs_waiting is not None:
        _gauge(registry, "desk_jobs_waiting", "Jobs in the queue", queues.jobs_waiting)
    _gauge(
        registry, "desk_mail_oldest_unsent_seconds", "Age of the oldest mail that has not left", queues.oldest_unsent_s
    )
    _add_inbox(registry, queues.inbox)
    _gauge(registry, "desk_index_waiting", "Tickets not yet in the search index", queues.index_waiting)
    _gauge(registry, "desk_links_waiting", "Requests for a new link not yet answered", queues.links_waiting)
    _by(registry, "desk_mail", "Mails by state", "state", queues.mail)
    _by(registry, "desk_alerts_open", "Open alerts by kind", "kind", queues.alerts)


def _add_inbox(registry: CollectorRegistry, inbox: Inbox) -> None:
    _gauge(registry, "desk_inbox_unread", "Received mails not yet read", inbox.unread)
    _gauge(registry, "desk_inbox_oldest_unread_seconds", "Age of the oldest of them", inbox.oldest_unread_s)
    _gauge(registry, "desk_inbox_held", "Received mails that wait for a person", inbox.held)
    _gauge(
        registry, "desk_mailbox_failures", "How often in a row the mailbox could not be read", inbox.mailbox_failures
    )
    if inbox.mailbox_last_read_s is not None:
        _gauge(registry, "desk_mailbox_last_read_seconds", "Since the mailbox was last read", inbox.mailbox_last_read_s)


def _gauge(registry: CollectorRegistry, name: str, help_text: str, value: float) -> None:
    Gauge(name, help_text, registry=registry).set(value)


def _by(registry: CollectorRegistry, name: str, help_text: str, label: str, values: dict[str, int]) -> None:
    gauge = Gauge(name, help_text, [label], registry=registry)
    for key, value in values.items():
        gauge.labels(key).set(value)
