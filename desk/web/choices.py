"""One choice of a select or radio field, under the one name that the type checker has to be told about."""

from wtforms.fields.choices import SelectChoice  # type: ignore[attr-defined]  # newer than the published stubs

__all__ = ["SelectChoice"]
