from __future__ import annotations

import pytest

from mixgui.data.clipboard_text import ReadText, read_pasted, sniff_pasted, table_text
from mixgui.data.html_tables import parse_tables
from mixgui.data.pipeline import Pipeline
from mixgui.data.step_dict import step_from_dict, step_to_dict
from mixgui.errors import ReadError


def test_cells_of_a_spreadsheet() -> None:
    text = table_text("id\tname\tx\r\n1\tAnn\t2,5\r\n2\t\t3,5\r\n", "<table><tr><td>other</td></tr></table>")
    options = sniff_pasted(text)
    assert (options.separator, options.decimal) == ("\t", ",")
    frame = read_pasted(text, options).frame
    assert frame["x"].tolist() == [2.5, 3.5]
    assert frame["name"].isna().tolist() == [False, True]


def test_a_table_of_a_web_page() -> None:
    page = (
        "<html><body><table><tr><td>menu</td></tr></table><table><thead><tr><th>id</th><th>score</th></tr></thead>"
        "<tr><td rowspan='2'>1</td><td>−2.5</td></tr><tr><td>3.5</td></tr><tr><td>2</td><td>4 <b>.5</b>"
        "</table></body></html>"
    )
    text = table_text("id score 1 -2.5 3.5 2 4.5", page)
    frame = read_pasted(text, sniff_pasted(text)).frame
    assert frame["id"].tolist() == [1, 1, 2]
    assert frame["score"].tolist() == ["-2.5", "3.5", "4 .5"]


@pytest.mark.parametrize("text", ["", " \n", "one line"])
def test_what_is_no_table_is_refused(text: str) -> None:
    with pytest.raises(ReadError, match="clipboard"):
        table_text(text)


def test_spans_over_rows_and_columns() -> None:
    (table,) = parse_tables(
        "<table><tr><td rowspan=3>a<td colspan=2>b<tr><td>c<td rowspan=2>d<tr><td>e</table>"
    )
    assert table.rows == [["a", "b", "b"], ["a", "c", "d"], ["a", "e", "d"]]


def test_the_step_keeps_the_text_and_replays() -> None:
    text = table_text("a,b\n1,x\n2,y")
    step = ReadText(text, "pasted", sniff_pasted(text))
    assert step_from_dict(step_to_dict(step)) == step
    tables = Pipeline().run((step,))
    assert tables["pasted"].frame.to_dict("list") == {"a": [1, 2], "b": ["x", "y"]}
    assert tables["pasted"].source == "Pasted"
    assert step.code().python.startswith("pasted = pd.read_csv(io.StringIO(")
    assert step.code().python_setup == ("import io",)
    assert 'read_delim(I("a,b\\n1,x\\n2,y\\n")' in step.code().r
