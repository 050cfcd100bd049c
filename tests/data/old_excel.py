"""A minimal workbook of Excel 97 (.xls) and one of OpenDocument (.ods), byte by byte."""

from __future__ import annotations

import struct
import zipfile
from collections.abc import Sequence
from pathlib import Path
from xml.sax.saxutils import escape

_SECTOR = 512


def _record(kind: int, body: bytes) -> bytes:
    return struct.pack("<HH", kind, len(body)) + body


def write_xls(path: Path, sheet: str, rows: Sequence[Sequence[float | str | None]]) -> None:
    """Write numbers and ASCII texts; None is no cell."""
    begin = struct.pack("<HHHHII", 0x0600, 0x0005, 0x0DBB, 0x07CC, 0, 6)
    name = struct.pack("<BB", len(sheet), 0) + sheet.encode("ascii")
    globals_ = [_record(0x0809, begin), _record(0x0042, struct.pack("<H", 1200))]
    size = sum(map(len, globals_)) + 4 + 6 + len(name) + 4
    globals_ += [_record(0x0085, struct.pack("<IBB", size, 0, 0) + name), _record(0x000A, b"")]
    cells = [_record(0x0809, struct.pack("<HHHHII", 0x0600, 0x0010, 0x0DBB, 0x07CC, 0, 6))]
    width = max(map(len, rows))
    cells.append(_record(0x0200, struct.pack("<IIHHH", 0, len(rows), 0, width, 0)))
    for i, row in enumerate(rows):
        for j, cell in enumerate(row):
            place = struct.pack("<HHH", i, j, 0)
            if isinstance(cell, str):
                cells.append(_record(0x0204, place + struct.pack("<HB", len(cell), 0) + cell.encode("ascii")))
            elif cell is not None:
                cells.append(_record(0x0203, place + struct.pack("<d", cell)))
    stream = b"".join([*globals_, *cells, _record(0x000A, b"")])
    path.write_bytes(_container(stream))


def _container(stream: bytes) -> bytes:
    """Return a compound file with one stream, "Workbook"."""
    stream += b"\0" * (max(4096, -(-len(stream) // _SECTOR) * _SECTOR) - len(stream))
    count = len(stream) // _SECTOR
    free, end, table = 0xFFFFFFFF, 0xFFFFFFFE, 0xFFFFFFFD
    chain = [*range(3, 2 + count), end]  # sectors 2 ... hold the stream; 0 the table, 1 the directory
    allocation = [table, end, *chain]
    allocation += [free] * (128 - len(allocation))
    head = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 16
    head += struct.pack("<HHHHH6x", 0x3E, 3, 0xFFFE, 9, 6)
    head += struct.pack("<IIIIIIIII", 0, 1, 1, 0, 4096, end, 0, end, 0)
    head += struct.pack("<109I", 0, *[free] * 108)
    entries = _entry("Root Entry", 5, child=1, start=end, size=0)
    entries += _entry("Workbook", 2, child=free, start=2, size=len(stream))
    entries += b"".join(_entry("", 0, child=free, start=0, size=0) for _ in range(2))
    return head + struct.pack("<128I", *allocation) + entries + stream


def _entry(name: str, kind: int, *, child: int, start: int, size: int) -> bytes:
    text = name.encode("utf-16-le")
    length = len(text) + 2 if name else 0
    return (
        text.ljust(64, b"\0")
        + struct.pack("<HBBIII", length, kind, 1, 0xFFFFFFFF, 0xFFFFFFFF, child)
        + b"\0" * 36
        + struct.pack("<IQ", start, size)
    )


def write_ods(path: Path, sheet: str, rows: Sequence[Sequence[float | str | None]]) -> None:
    """Write numbers and texts; a text that starts with "#" is an error cell, one like 2020-01-31 a date."""
    lines = "".join(f"<table:table-row>{''.join(map(_ods_cell, row))}</table:table-row>" for row in rows)
    names = "urn:oasis:names:tc:opendocument:xmlns"
    content = (
        '<?xml version="1.0" encoding="UTF-8"?><office:document-content '
        f'xmlns:office="{names}:office:1.0" xmlns:table="{names}:table:1.0" xmlns:text="{names}:text:1.0" '
        'xmlns:calcext="urn:org:documentfoundation:names:experimental:calc:xmlns:calcext:1.0" '
        f'office:version="1.3"><office:body><office:spreadsheet><table:table table:name="{escape(sheet)}">'
        f"{lines}</table:table></office:spreadsheet></office:body></office:document-content>"
    )
    mime = "application/vnd.oasis.opendocument.spreadsheet"
    manifest = (
        f'<?xml version="1.0"?><manifest:manifest xmlns:manifest="{names}:manifest:1.0">'
        f'<manifest:file-entry manifest:full-path="/" manifest:media-type="{mime}"/>'
        '<manifest:file-entry manifest:full-path="content.xml" manifest:media-type="text/xml"/>'
        "</manifest:manifest>"
    )
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("mimetype", mime, zipfile.ZIP_STORED)
        archive.writestr("content.xml", content)
        archive.writestr("META-INF/manifest.xml", manifest)


def _ods_cell(cell: float | str | None) -> str:
    if cell is None:
        return "<table:table-cell/>"
    if isinstance(cell, str) and cell.startswith("#"):
        return (
            '<table:table-cell table:formula="of:=1/0" office:value-type="string" office:string-value="" '
            f'calcext:value-type="error"><text:p>{escape(cell)}</text:p></table:table-cell>'
        )
    if isinstance(cell, str) and cell[:4].isdigit() and cell[4:5] == "-":
        return (
            f'<table:table-cell office:value-type="date" office:date-value="{cell}"><text:p>{cell}</text:p>'
            "</table:table-cell>"
        )
    if isinstance(cell, str):
        return (
            f'<table:table-cell office:value-type="string"><text:p>{escape(cell)}</text:p></table:table-cell>'
        )
    value = f'office:value-type="float" office:value="{cell!r}"'
    return f"<table:table-cell {value}><text:p>{cell}</text:p></table:table-cell>"
