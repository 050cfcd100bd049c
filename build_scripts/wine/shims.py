"""Four pieces that Wine 8 lacks before real Windows wheels of NumPy, SciPy and Qt run under it.

Test aids for a Wine prefix; nothing of this is in what users install. Standard library and mingw only.

* ucrtbase: the complex functions of C99 are stubs. A DLL of this name forwards everything else to Wine's own.
* icuuc: missing; Qt's core imports it for rare text codecs, which are answered with "unsupported".
* mscms: WcsCreateIccProfile is missing; Qt's window plug-in imports it for wide colour spaces.
* bcryptprimitives: missing; what is written in Rust (the reader of workbooks) takes its random numbers from it.
"""

from __future__ import annotations

import shutil
import struct
import subprocess
from pathlib import Path

COMPILER = "x86_64-w64-mingw32-gcc"
BUILTIN = Path("/usr/lib/x86_64-linux-gnu/wine/x86_64-windows")
# Wine refuses to load a file as "native" that carries this mark of its own libraries.
_MARK = b"Wine builtin DLL"

_SAME = """
    cacos cacosh casin casinh catan catanh ccos ccosh cexp clog conj cproj csin csinh csqrt ctan
    ctanh
"""  # as words, for they are many
# Ending of the name, C type of a part, structure, letters of Microsoft's helpers. Windows has no long double.
_KINDS = (("", "double", "Pair", "C"), ("l", "double", "Pair", "LC"), ("f", "float", "PairF", "FC"))
_HEAD = """#include <complex.h>
#include <math.h>
typedef struct { double re, im; } Pair;
typedef struct { float re, im; } PairF;
#define NUMBER(a) __builtin_complex((double)(a).re, (double)(a).im)
static Pair pack(double _Complex z) { Pair r = { __real__ z, __imag__ z }; return r; }
static PairF packf(double _Complex z) { PairF r = { (float)__real__ z, (float)__imag__ z }; return r; }
"""
_ICU = {
    "ucnv_open": "void *{}(const char *n, int *e) {{ if (e) *e = 4; return 0; }}",
    "ucnv_getName": "const char *{}(const void *c, int *e) {{ if (e) *e = 1; return 0; }}",
    "ucnv_getStandardName": (
        "const char *{}(const char *n, const char *s, int *e) {{ if (e) *e = 1; return 0; }}"
    ),
    "ucnv_getMaxCharSize": "signed char {}(const void *c) {{ return 1; }}",
    "ucnv_getToUCallBack": "void {}(const void *c, void **a, const void **b) {{ *a = 0; *b = 0; }}",
    "ucnv_getFromUCallBack": "void {}(const void *c, void **a, const void **b) {{ *a = 0; *b = 0; }}",
}
_ICU_NOTHING = """
    ucnv_close ucnv_reset ucnv_setToUCallBack ucnv_setFromUCallBack ucnv_cbToUWriteUChars
    ucnv_cbFromUWriteUChars ucnv_toUnicode ucnv_fromUnicode ucnv_toUCountPending
    ucnv_fromUCountPending ucnv_getAvailableName ucnv_countAvailable UCNV_FROM_U_CALLBACK_SUBSTITUTE
    UCNV_TO_U_CALLBACK_SUBSTITUTE
"""
_RANDOM_HEAD = "unsigned char __stdcall SystemFunction036(void *place, unsigned long size);\n"
_RANDOM = {
    "ProcessPrng": "int {}(void *place, unsigned long long n) {{ return SystemFunction036(place, n); }}",
}


def install(system32: Path, work: Path) -> list[str]:
    """Compile the four and put them into a prefix; return the libraries to override as native."""
    work.mkdir(parents=True, exist_ok=True)
    functions = complex_functions()
    _forwarding("ucrtbase", "ucrtwine", _HEAD, functions, system32, work)
    _forwarding(
        "mscms", "mscmwn", "", {"WcsCreateIccProfile": "long long {}(void) {{ return 0; }}"}, system32, work
    )
    icu = _ICU | dict.fromkeys(_ICU_NOTHING.split(), "long long {}(void) {{ return 0; }}")
    _compile("icuuc", "", icu, [], system32, work)
    _compile("bcryptprimitives", _RANDOM_HEAD, _RANDOM, [], system32, work)
    return ["ucrtbase", "mscms"]


def complex_functions() -> dict[str, str]:
    """Return C definitions of the complex functions, with {} for the name."""
    found: dict[str, str] = {}
    for end, real, pair, letters in _KINDS:
        pack = "packf" if end == "f" else "pack"
        for name in _SAME.split():
            found[name + end] = f"{pair} {{}}({pair} a) {{{{ return {pack}({name}(NUMBER(a))); }}}}"
        bodies = {
            "clog10": (pair, f"{pair} a", f"{pack}(clog(NUMBER(a)) / 2.30258509299404568402)"),
            "cpow": (pair, f"{pair} a, {pair} b", f"{pack}(cpow(NUMBER(a), NUMBER(b)))"),
            "cabs": (real, f"{pair} a", "hypot(a.re, a.im)"),
            "carg": (real, f"{pair} a", "atan2(a.im, a.re)"),
            "creal": (real, f"{pair} a", "a.re"),
            "cimag": (real, f"{pair} a", "a.im"),
            "norm": (real, f"{pair} a", "a.re * a.re + a.im * a.im"),
        }
        for name, (result, arguments, value) in bodies.items():
            found[name + end] = f"{result} {{}}({arguments}) {{{{ return {value}; }}}}"
        build = f"{pair} {{}}({real} x, {real} y) {{{{ {pair} r = {{{{ x, y }}}}; return r; }}}}"
        found[f"_{letters}build"] = build
        found[f"_{letters}mulcc"] = (
            f"{pair} {{}}({pair} a, {pair} b) {{{{ return {pack}(NUMBER(a) * NUMBER(b)); }}}}"
        )
        scaled = f"{pair} r = {{{{ a.re * b, a.im * b }}}}; return r;"
        found[f"_{letters}mulcr"] = f"{pair} {{}}({pair} a, {real} b) {{{{ {scaled} }}}}"
    return found


def exported_names(library: bytes) -> list[str]:
    """Return the names that a 64-bit Windows library exports."""
    header = struct.unpack_from("<I", library, 0x3C)[0]
    sections, optional = struct.unpack_from("<H12xH", library, header + 6)
    first = header + 24 + optional
    table = [struct.unpack_from("<III", library, first + 40 * i + 12) for i in range(sections)]

    def place(address: int) -> int:
        for start, size, offset in table:
            if start <= address < start + size:
                return offset + address - start
        raise ValueError(f"no section holds {address:#x}")

    exports = place(struct.unpack_from("<I", library, header + 24 + 112)[0])
    count, _, names = struct.unpack_from("<III", library, exports + 24)
    found = []
    for address in struct.unpack_from(f"<{count}I", library, place(names)):
        begin = place(address)
        found.append(library[begin : library.index(b"\0", begin)].decode("ascii"))
    return found


def _forwarding(
    name: str, other: str, head: str, functions: dict[str, str], system32: Path, work: Path
) -> None:
    """Make a library that has some functions of its own and hands the others to a renamed copy of Wine's."""
    original = (BUILTIN / f"{name}.dll").read_bytes()
    (system32 / f"{other}.dll").write_bytes(original.replace(_MARK, b"Copied from Wine", 1))
    names = exported_names(original)
    mine = {key: text for key, text in functions.items() if key in names or name == "mscms"}
    forwarded = [f'  "{one}"="{other}.{one}"' for one in names if one not in mine]
    _compile(name, head, mine, forwarded, system32, work)


def _compile(
    name: str, head: str, functions: dict[str, str], others: list[str], system32: Path, work: Path
) -> None:
    source, definition = work / f"{name}.c", work / f"{name}.def"
    source.write_text(head + "\n".join(text.format(f"my_{key}") for key, text in functions.items()) + "\n")
    own = [f'  "{key}"="my_{key}"' for key in functions]
    definition.write_text("\n".join([f"LIBRARY {name}.dll", "EXPORTS", *others, *own]) + "\n")
    result = work / f"{name}.dll"
    subprocess.run(
        [COMPILER, "-O2", "-shared", "-static-libgcc", "-o", result, source, definition], check=True
    )
    target = system32 / f"{name}.dll"
    target.unlink(missing_ok=True)  # it may be a link into Wine's own folder
    shutil.copy(result, target)
