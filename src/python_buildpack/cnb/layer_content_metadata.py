"""``<layer>.toml``: what a layer is for, and what the buildpack wants to know of it later.

https://github.com/buildpacks/spec/blob/buildpack/v0.10/buildpack.md#layer-content-metadata-toml
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field

from python_buildpack.cnb.errors import InvalidDocumentError
from python_buildpack.cnb.string_metadata import require_strings
from python_buildpack.cnb.toml_reader import is_table, parse_toml
from python_buildpack.cnb.toml_writer import write_toml


@dataclass(frozen=True)
class LayerTypes:
    """Who gets a layer; where nobody does, the lifecycle ignores it.

    Attributes:
        launch: it is part of the image.
        build: later buildpacks of the same build find it.
        cache: its contents are restored at the next build.
    """

    launch: bool = False
    build: bool = False
    cache: bool = False


@dataclass(frozen=True)
class LayerContentMetadata:
    """The whole of ``<layer>.toml``.

    Attributes:
        types: None in a restored layer. The lifecycle never restores ``[types]``, so that a layer
            is dropped unless the buildpack writes them again on every build.
        metadata: strings only, because the lifecycle turns integers into floats.

    Raises:
        TypeError: the metadata holds anything but strings.
    """

    types: LayerTypes | None
    metadata: Mapping[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        require_strings(self.metadata)

    def to_toml(self) -> str:
        """Return the document that goes to ``<layers>/<layer>.toml``, keys sorted.

        Raises:
            ValueError: the types are None; written so, the layer would silently be dropped.
        """
        if self.types is None:
            raise ValueError("A layer is written with its types")
        metadata = dict(sorted(self.metadata.items()))
        return write_toml({"types": asdict(self.types), "metadata": metadata})


def parse_layer_content_metadata(
    text: str, document: str = "layer content metadata"
) -> LayerContentMetadata:
    """Parse ``<layer>.toml``, restored or just written.

    Unlike in ``store.toml``, metadata that isn't a string is an error and not dropped: it decides
    whether a layer is reused, so a layer counts as known only where all of it is understood.

    Raises:
        InvalidDocumentError: it is not TOML, or has not the form of layer content metadata.
    """
    tables = parse_toml(text, document)
    types = tables.get("types")
    metadata = tables.get("metadata", {})
    if not is_table(metadata):
        raise InvalidDocumentError(document, "metadata is not a table")
    strings = {key: value for key, value in metadata.items() if isinstance(value, str)}
    if strings != metadata:
        others = ", ".join(sorted(metadata.keys() - strings.keys()))
        raise InvalidDocumentError(document, f"metadata holds values that are no strings: {others}")
    return LayerContentMetadata(None if types is None else _parse_types(types, document), strings)


def _parse_types(types: object, document: str) -> LayerTypes:
    if not is_table(types):
        raise InvalidDocumentError(document, "types is not a table")
    flags = {name: types.get(name, False) for name in ("launch", "build", "cache")}
    booleans = {name: flag for name, flag in flags.items() if isinstance(flag, bool)}
    if booleans != flags:
        raise InvalidDocumentError(document, "types holds values that are not booleans")
    return LayerTypes(**booleans)
