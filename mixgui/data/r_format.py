"""R's serialization format (.rds, .RData): bytes to vectors, lists and attributes.

Written after the chapter "Serialization Formats" of the manual "R Internals". Everything is read as a value; no code is
ever run: functions, environments and foreign pointers are recognised and passed over.
"""

from __future__ import annotations

import struct
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, ClassVar, Protocol

import numpy as np
import numpy.typing as npt

from mixgui.observer import Observer, Progress, silent

NA_INTEGER = -(2**31)

# Codes of the kinds of objects.
_NIL, _SYMBOL, _PAIRLIST, _CLOSURE, _ENVIRONMENT, _PROMISE, _LANGUAGE = 0, 1, 2, 3, 4, 5, 6
_SPECIAL, _BUILTIN, _CHAR, _LOGICAL, _INTEGER, _REAL, _COMPLEX, _STRING = 7, 8, 9, 10, 13, 14, 15, 16
_DOTS, _LIST, _EXPRESSION, _BYTECODE, _POINTER, _WEAK, _RAW, _S4 = 17, 19, 20, 21, 22, 23, 24, 25
_REFERENCE, _NIL_VALUE, _PERSISTENT, _PACKAGE, _NAMESPACE = 255, 254, 247, 248, 249
_ALTREP, _ATTRIBUTED_LIST, _ATTRIBUTED_CALL, _BC_REFERENCE, _BC_DEFINITION = 238, 239, 240, 243, 244
# The global, base and empty environments, the missing argument, the unbound value, the base namespace.
_CONSTANTS = frozenset({241, 242, 250, 251, 252, 253})
_PAIRS = frozenset({_PAIRLIST, _LANGUAGE, _CLOSURE, _PROMISE, _DOTS})

_IS_OBJECT, _HAS_ATTRIBUTES, _HAS_TAG = 1 << 8, 1 << 9, 1 << 10
_LATIN1, _UTF8 = 1 << 14, 1 << 15  # of the flags of a string
_REPORT_EVERY = 1 << 16
_MOST_ELEMENTS = 1 << 33
_LONGEST_SEQUENCE = 20_000_000  # which a damaged file could claim in a few bytes


# What comes of bytes that promise one kind of object and hold another.
_IMPOSSIBLE = (
    struct.error, IndexError, KeyError, RecursionError, OverflowError, ValueError, AttributeError, TypeError,
)  # fmt: skip


class RFormatError(ValueError):
    """The bytes are not what R writes."""


@dataclass
class RVector:
    """An R vector.

    Parameters
    ----------
    kind : str
        "logical", "integer", "double", "complex", "character", "raw" or "list".
    values : ndarray or list
        int32 for logical (missing is the least of all) and integer, float64, complex128, uint8; a list of
        str or None for character, of anything for list.
    attributes : dict
        By name.
    """

    kind: str
    values: Any
    attributes: dict[str, Any] = field(default_factory=dict)


@dataclass
class RPairs:
    """A pairlist: (tag, value) pairs."""

    pairs: list[tuple[str, Any]]


@dataclass(frozen=True)
class ROther:
    """Something that holds no data: a function, an environment, a pointer."""

    what: str


class _Source(Protocol):
    """Where the numbers and strings come from: binary or text."""

    def integer(self) -> int: ...
    def integers(self, count: int) -> npt.NDArray[np.int32]: ...
    def doubles(self, count: int) -> npt.NDArray[np.float64]: ...
    def raw(self, count: int) -> bytes: ...
    def text(self, length: int) -> bytes: ...
    def strings(self, count: int, reader: RReader) -> list[str | None]: ...


def read_serialized(data: bytes, observer: Observer = silent) -> Any:
    """Return the object of a file: of .rds the object itself, of .RData an `RPairs` of names and objects.

    Parameters
    ----------
    data : bytes
        Uncompressed.
    observer : Observer
        Told the progress; may raise `Cancelled`.

    Raises
    ------
    RFormatError
        When the bytes end too early or have what no version of the format has.
    """
    start = 0
    if data[:2] == b"RD":
        start = 5  # "RDX3\\n"
    try:
        return RReader(data, start, observer).whole()
    except _IMPOSSIBLE as error:
        raise RFormatError(str(error)) from error


class RReader:
    """Reads one serialized object after the other."""

    def __init__(self, data: bytes, start: int, observer: Observer) -> None:
        marker = data[start : start + 2]
        if marker == b"X\n":
            self.source: _Source = _Binary(data, start + 2, ">", observer)
        elif marker == b"B\n":
            self.source = _Binary(data, start + 2, "<", observer)
        elif marker == b"A\n":
            self.source = _Text(data, start + 2, observer)
        else:
            raise RFormatError("no known kind of serialization")
        self.native = "utf-8"
        self._references: list[Any] = []
        self._decoded: dict[tuple[bytes, int], str] = {}

    def whole(self) -> Any:
        """Read the head and the object."""
        version = self.source.integer()
        self.source.integer()  # R's version that wrote it
        self.source.integer()  # the oldest R that can read it
        if version == 3:
            self.native = _codec(self.source.text(self.source.integer()).decode("ascii", "replace"))
        elif version != 2:
            raise RFormatError(f"version {version}")
        return self.item()

    def decode(self, raw: bytes, flags: int) -> str:
        """Return a string by the encoding that its flags tell; each different one is decoded once."""
        key = (raw, flags & (_LATIN1 | _UTF8))
        known = self._decoded.get(key)
        if known is not None:
            return known
        codec = "utf-8" if flags & _UTF8 else "cp1252" if flags & _LATIN1 else self.native
        try:
            text = raw.decode(codec)
        except (UnicodeDecodeError, LookupError):
            text = raw.decode("cp1252", errors="replace")
        self._decoded[key] = text
        return text

    def item(self) -> Any:
        """Read one object."""
        flags = self.source.integer()
        kind = flags & 0xFF
        if kind in (_NIL, _NIL_VALUE) or kind in _CONSTANTS:
            return None if kind in (_NIL, _NIL_VALUE) else ROther("environment")
        if kind == _REFERENCE:
            index = flags >> 8 or self.source.integer()
            return self._references[index - 1]
        if kind in _PAIRS or kind in (_ATTRIBUTED_LIST, _ATTRIBUTED_CALL):
            return self._pairs(flags)
        reader = self._readers().get(kind)
        if reader is None:
            raise RFormatError(f"an object of the kind {kind}")
        return reader(flags)

    def _readers(self) -> dict[int, Callable[[int], Any]]:
        return {
            _SYMBOL: self._symbol,
            _ENVIRONMENT: self._environment,
            _PACKAGE: self._persistent,
            _NAMESPACE: self._persistent,
            _PERSISTENT: self._persistent,
            _POINTER: self._pointer,
            _WEAK: self._weak,
            _SPECIAL: self._builtin,
            _BUILTIN: self._builtin,
            _CHAR: self._char,
            _LOGICAL: lambda flags: self._vector("logical", self.source.integers(self._length()), flags),
            _INTEGER: lambda flags: self._vector("integer", self.source.integers(self._length()), flags),
            _REAL: lambda flags: self._vector("double", self.source.doubles(self._length()), flags),
            _COMPLEX: self._complex,
            _STRING: lambda flags: self._vector(
                "character", self.source.strings(self._length(), self), flags
            ),
            _LIST: self._list,
            _EXPRESSION: self._list,
            _RAW: lambda flags: self._vector(
                "raw", np.frombuffer(self.source.raw(self._length()), dtype=np.uint8), flags
            ),
            _S4: self._s4,
            _BYTECODE: self._bytecode,
            _ALTREP: self._altrep,
        }

    def _length(self) -> int:
        length = self.source.integer()
        if length == -1:
            length = (self.source.integer() << 32) + self.source.integer()
        if not 0 <= length < _MOST_ELEMENTS:
            raise RFormatError("a vector of no possible length")
        return length

    def _attributes(self, flags: int) -> dict[str, Any]:
        if not flags & _HAS_ATTRIBUTES:
            return {}
        found = self.item()
        return dict(found.pairs) if isinstance(found, RPairs) else {}

    def _vector(self, kind: str, values: Any, flags: int) -> RVector:
        return RVector(kind, values, self._attributes(flags))

    def _complex(self, flags: int) -> RVector:
        count = self._length()
        return self._vector("complex", self.source.doubles(2 * count).view(np.complex128), flags)

    def _list(self, flags: int) -> RVector:
        values = [self.item() for _ in range(self._length())]
        return self._vector("list", values, flags)

    def _pairs(self, flags: int) -> Any:
        """Read a pairlist: along its tail without recursion, since it may be long."""
        pairs: list[tuple[str, Any]] = []
        first = flags & 0xFF
        while True:
            kind = flags & 0xFF
            if flags & _HAS_ATTRIBUTES or kind in (_ATTRIBUTED_LIST, _ATTRIBUTED_CALL):
                self.item()
            tag = self.item() if flags & _HAS_TAG else ""
            pairs.append((tag if isinstance(tag, str) else "", self.item()))
            flags = self.source.integer()
            if flags & 0xFF not in _PAIRS:
                break
        if flags & 0xFF not in (_NIL, _NIL_VALUE):
            self._tail(flags)
        return RPairs(pairs) if first in (_PAIRLIST, _ATTRIBUTED_LIST, _DOTS) else ROther("code")

    def _tail(self, flags: int) -> None:
        """Pass over what ends a pairlist when it is not the empty list (a function's body)."""
        kind = flags & 0xFF
        if kind == _REFERENCE:
            if not flags >> 8:
                self.source.integer()
        elif kind not in _CONSTANTS:
            reader = self._readers().get(kind)
            if reader is None:
                raise RFormatError(f"an object of the kind {kind}")
            reader(flags)

    def _symbol(self, flags: int) -> str:
        name = self.item()
        self._references.append(name or "")
        return name or ""

    def _char(self, flags: int) -> str | None:
        length = self.source.integer()
        text = None if length == -1 else self.decode(self.source.text(length), flags)
        self._attributes(flags)
        return text

    def _environment(self, flags: int) -> ROther:
        found = ROther("environment")
        self._references.append(found)
        self.source.integer()  # whether it is locked
        for _ in range(4):  # enclosure, frame, hash table, attributes
            self.item()
        return found

    def _persistent(self, flags: int) -> ROther:
        self.source.integer()
        for _ in range(self.source.integer()):
            self.item()
        found = ROther("environment")
        self._references.append(found)
        return found

    def _pointer(self, flags: int) -> ROther:
        found = ROther("pointer")
        self._references.append(found)
        self.item()
        self.item()
        self._attributes(flags)
        return found

    def _weak(self, flags: int) -> ROther:
        found = ROther("pointer")
        self._references.append(found)
        self._attributes(flags)
        return found

    def _builtin(self, flags: int) -> ROther:
        self.source.text(self.source.integer())
        return ROther("function")

    def _s4(self, flags: int) -> RVector:
        return RVector("S4", None, self._attributes(flags))

    def _bytecode(self, flags: int) -> ROther:
        references: list[Any] = [None] * self.source.integer()
        self._compiled(references)
        self._attributes(flags)
        return ROther("code")

    def _compiled(self, references: list[Any]) -> None:
        self.item()
        for _ in range(self.source.integer()):
            kind = self.source.integer()
            if kind == _BYTECODE:
                self._compiled(references)
            elif kind in (
                _LANGUAGE, _PAIRLIST, _BC_DEFINITION, _BC_REFERENCE, _ATTRIBUTED_CALL, _ATTRIBUTED_LIST,
            ):  # fmt: skip
                self._compiled_call(kind)
            else:
                self.item()

    def _compiled_call(self, kind: int) -> None:
        """Pass over a call in compiled code, which has its own way to write lists."""
        while True:
            if kind == _BC_REFERENCE:
                self.source.integer()
                return
            if kind == _BC_DEFINITION:
                self.source.integer()
                kind = self.source.integer()
            if kind not in (_LANGUAGE, _PAIRLIST, _ATTRIBUTED_CALL, _ATTRIBUTED_LIST):
                self.item()
                return
            if kind in (_ATTRIBUTED_CALL, _ATTRIBUTED_LIST):
                self.item()
            self.item()  # the tag
            self._compiled_call(self.source.integer())
            kind = self.source.integer()

    def _altrep(self, flags: int) -> Any:
        """Read a vector that R keeps in a short form."""
        info, state, attributes = self.item(), self.item(), self.item()
        name = info.pairs[0][1] if isinstance(info, RPairs) else ""
        found = _expanded(name, state)
        if isinstance(attributes, RPairs) and isinstance(found, RVector):
            found = RVector(found.kind, found.values, dict(attributes.pairs))
        return found


def _expanded(name: str, state: Any) -> Any:
    if name in ("compact_intseq", "compact_realseq"):
        count, start, step = (float(x) for x in state.values)
        if not 0 <= count <= _LONGEST_SEQUENCE:
            raise RFormatError("a sequence of no possible length")
        values = start + step * np.arange(int(count))
        whole = name == "compact_intseq"
        if whole and not (abs(start) < 2.0**31 and abs(step) == 1 and abs(start + step * count) <= 2.0**31):
            raise RFormatError("a sequence beyond whole numbers")
        return RVector("integer", values.astype(np.int32)) if whole else RVector("double", values)
    if name == "deferred_string":
        numbers = state.pairs[0][1] if isinstance(state, RPairs) else state.values[0]
        return RVector("character", _as_strings(numbers))
    if name.startswith("wrap_"):
        inner = state.values[0] if isinstance(state, RVector) else state.pairs[0][1]
        return RVector(inner.kind, inner.values, inner.attributes)
    raise RFormatError(f"a vector in the form {name}")


def _as_strings(numbers: RVector) -> list[str | None]:
    from mixgui.data.values import spell

    if numbers.kind == "integer":
        return [None if x == NA_INTEGER else str(x) for x in numbers.values.tolist()]
    return [None if x != x else spell(x) for x in numbers.values.tolist()]


def _codec(name: str) -> str:
    import codecs

    try:
        return codecs.lookup(name).name
    except LookupError:
        return "utf-8"


class _Binary:
    """XDR (big-endian) or the byte order of a PC."""

    def __init__(self, data: bytes, start: int, order: str, observer: Observer) -> None:
        self._data, self._at, self._observer = data, start, observer
        self._integer = struct.Struct(f"{order}i")
        self._pair = struct.Struct(f"{order}ii")
        self._int_type, self._real_type = np.dtype(f"{order}i4"), np.dtype(f"{order}f8")

    def integer(self) -> int:
        value: int = self._integer.unpack_from(self._data, self._at)[0]
        self._at += 4
        return value

    def integers(self, count: int) -> npt.NDArray[np.int32]:
        return self._array(self._int_type, count).astype(np.int32)

    def doubles(self, count: int) -> npt.NDArray[np.float64]:
        found = self._array(self._real_type, count).astype(np.float64)
        found[np.isnan(found)] = np.nan  # R's NA is a signalling NaN, of which numpy warns
        return found

    def _array(self, dtype: np.dtype[Any], count: int) -> npt.NDArray[Any]:
        end = self._at + count * dtype.itemsize
        if end > len(self._data):
            raise RFormatError("the end comes too early")
        found = np.frombuffer(self._data, dtype=dtype, count=count, offset=self._at)
        self._at = end
        self._report()
        return found

    def raw(self, count: int) -> bytes:
        return self.text(count)

    def text(self, length: int) -> bytes:
        end = self._at + length
        if length < 0 or end > len(self._data):
            raise RFormatError("the end comes too early")
        found = self._data[self._at : end]
        self._at = end
        return found

    def strings(self, count: int, reader: RReader) -> list[str | None]:
        """Read the elements of a character vector; the loop is tight because there may be millions."""
        data, at, unpack, decode = self._data, self._at, self._pair.unpack_from, reader.decode
        found: list[str | None] = []
        for number in range(count):
            flags, length = unpack(data, at)
            if flags & 0xFF != _CHAR or flags & _HAS_ATTRIBUTES:
                self._at = at
                found.append(reader.item())
                at = self._at
                continue
            at += 8
            if length == -1:
                found.append(None)
            else:
                end = at + length
                if length < 0 or end > len(data):
                    raise RFormatError("the end comes too early")
                found.append(decode(data[at:end], flags))
                at = end
            if not number % _REPORT_EVERY:
                self._at = at
                self._report()
        self._at = at
        return found

    def _report(self) -> None:
        self._observer(Progress("Reading R data", self._at / max(len(self._data), 1)))


class _Text:
    """R's text form: one number or string a line."""

    _NAMED: ClassVar = {"NA": float("nan"), "NaN": float("nan"), "Inf": float("inf"), "-Inf": float("-inf")}
    _ESCAPES: ClassVar = {
        "n": b"\n", "t": b"\t", "v": b"\v", "b": b"\b", "r": b"\r", "f": b"\f", "a": b"\a",
        "\\": b"\\", "?": b"?", "'": b"'", '"': b'"', " ": b" ",
    }  # fmt: skip

    def __init__(self, data: bytes, start: int, observer: Observer) -> None:
        self._lines = iter(data[start:].split(b"\n"))
        self._observer = observer

    def _line(self) -> bytes:
        try:
            return next(self._lines).rstrip(b"\r")
        except StopIteration as error:
            raise RFormatError("the end comes too early") from error

    def integer(self) -> int:
        line = self._line().strip()
        return NA_INTEGER if line == b"NA" else int(line)

    def integers(self, count: int) -> npt.NDArray[np.int32]:
        return np.array([self.integer() for _ in range(count)], dtype=np.int32)

    def doubles(self, count: int) -> npt.NDArray[np.float64]:
        found = []
        for _ in range(count):
            word = self._line().strip().decode("ascii")
            found.append(self._NAMED[word] if word in self._NAMED else float(word))
        return np.array(found, dtype=np.float64)

    def raw(self, count: int) -> bytes:
        return bytes(int(self._line(), 16) for _ in range(count))

    def text(self, length: int) -> bytes:
        line = self._line().decode("latin-1")
        made, i = bytearray(), 0
        while i < len(line):
            if line[i] != "\\":
                made += line[i].encode("latin-1")
                i += 1
            elif line[i + 1].isdigit():
                digits = line[i + 1 : i + 4]
                made.append(int(digits, 8) & 0xFF)
                i += 4
            else:
                made += self._ESCAPES[line[i + 1]]
                i += 2
        return bytes(made)

    def strings(self, count: int, reader: RReader) -> list[str | None]:
        self._observer(Progress("Reading R data"))
        return [reader.item() for _ in range(count)]
