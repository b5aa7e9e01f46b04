"""botocore's session, made to create its clients with less work: a plan needs fourteen of them and lives for a second.

What the clients do is botocore's own, unchanged. Both shortcuts override single methods of it, and do nothing but cost
time again where a later botocore has no such method. It knows no service and no call.
"""

import os
from datetime import datetime
from typing import Any

from botocore.exceptions import DataNotFoundError, UnknownServiceError
from botocore.hooks import EventAliaser
from botocore.loaders import Loader, create_loader
from botocore.parsers import ResponseParserFactory
from botocore.session import Session
from botocore.utils import parse_timestamp


class LeanSession(Session):  # type: ignore[misc]  # botocore has no types
    """A botocore session; its arguments are botocore's."""

    def _register_builtin_handlers(self, events: Any) -> None:
        # Here, because the session takes no emitter with aliases of its own, and copies this one for each client.
        self._events = _Aliaser(self._original_handler)
        super()._register_builtin_handlers(self._events)

    def _register_response_parser_factory(self) -> None:
        factory = ResponseParserFactory()
        factory.set_parser_defaults(timestamp_parser=timestamp)
        self.register_component("response_parser_factory", factory)

    def create_client(self, *args: Any, **kwargs: Any) -> Any:
        client = super().create_client(*args, **kwargs)
        _know_errors(client.meta.service_model)
        return client

    def _register_data_loader(self) -> None:
        self.lazy_register_component("data_loader", self._loader)

    def _loader(self) -> "_Loader":
        paths = create_loader(self.get_config_variable("data_path")).search_paths
        return _Loader(paths, include_default_search_paths=False)


def timestamp(value: Any) -> datetime:
    """The time that an answer tells. Botocore gives each one to a parser of any format that people ever wrote."""
    if isinstance(value, str) and value.endswith("Z") and "T" in value:
        try:
            return datetime.fromisoformat(value)
        except ValueError:
            pass
    parsed: datetime = parse_timestamp(value)
    return parsed


def _know_errors(model: Any) -> None:
    """Tell a service's model which of its shapes are errors. Botocore makes them all to see: 30 ms at EC2's first."""
    documents = model._service_description.get("shapes", {})
    errors = [name for name, document in documents.items() if document.get("exception")]
    vars(model)["error_shapes"] = [model.shape_for(name) for name in errors]


class _Aliaser(EventAliaser):  # type: ignore[misc]
    """Gives events their present names. Botocore compares each event with 130 old names, one by one: 45 ms a plan."""

    def __init__(self, emitter: Any, aliases: Any = None) -> None:
        super().__init__(emitter, aliases)
        words = frozenset(self._event_aliases)
        self._dotted = tuple(word for word in words if "." in word)
        self._words = words
        self._named: dict[str, str] = {}

    def _alias_event_name(self, event_name: str) -> str:
        if event_name not in self._named:  # there are as many as operations and moments
            self._named[event_name] = self._name(event_name)
        return self._named[event_name]

    def _name(self, event_name: str) -> str:
        if self._words.isdisjoint(event_name.split(".")) and not any(word in event_name for word in self._dotted):
            return event_name
        named: str = super()._alias_event_name(event_name)
        return named


class _Loader(Loader):  # type: ignore[misc]
    """Reads models. Botocore looks into the folders of all 430 services before it reads one: 25 ms a plan."""

    def load_service_model(self, service_name: str, type_name: str, api_version: str | None = None) -> Any:
        try:
            return super().load_service_model(service_name, type_name, api_version)
        except DataNotFoundError as error:
            raise UnknownServiceError(service_name=service_name, known_service_names="") from error

    def list_available_services(self, type_name: str) -> list[str]:
        """The services that have a folder; whether it holds the type is found out when that is read."""
        return sorted({name for path in self.search_paths if os.path.isdir(path) for name in os.listdir(path)})
