"""The annex as a Word file: ministries go on writing in it."""

import io

from django.utils import timezone

FONT = "Times New Roman"  # of official papers here, on every machine, with ң ө ү
TEXT_WIDTH = 17.0  # centimetres
LANGUAGE_TAGS = {"ky": "ky-KG", "ru": "ru-RU"}


def docx(annex):
    """The file's bytes. What people typed is text and nothing else: there is no markup for it to be read as."""
    from docx import Document  # slow import
    from docx.shared import Cm

    document = Document()
    section = document.sections[0]
    section.page_width, section.page_height = Cm(21), Cm(29.7)
    section.left_margin, section.right_margin = Cm(2.5), Cm(1.5)
    section.top_margin = section.bottom_margin = Cm(2)
    set_look(document, annex)
    write_head(document, annex)
    for block in annex.blocks:
        WRITERS[block.kind](document, block)
    write_page_numbers(section.footer.paragraphs[0])
    file = io.BytesIO()
    document.save(file)
    return file.getvalue()


def set_look(document, annex):
    """One font for all, its language for the spelling checker, and no word of the program that wrote the file."""
    from docx.oxml.ns import qn
    from docx.shared import Pt, RGBColor

    for name, size in (("Normal", 12), ("Title", 16), ("Heading 1", 14), ("Heading 2", 12)):
        style = document.styles[name]
        fonts = style.element.get_or_add_rPr().get_or_add_rFonts()
        for theme in ("asciiTheme", "hAnsiTheme", "eastAsiaTheme", "cstheme"):
            fonts.attrib.pop(qn(f"w:{theme}"), None)
        for script in ("ascii", "hAnsi", "eastAsia", "cs"):
            fonts.set(qn(f"w:{script}"), FONT)
        style.font.size = Pt(size)
        style.font.color.rgb = RGBColor(0, 0, 0)
        style.font.bold = name != "Normal"
    about_paragraphs = document.styles["Normal"].paragraph_format
    about_paragraphs.space_before = about_paragraphs.space_after = Pt(4)
    for language in document.styles.element.iter(qn("w:lang")):
        language.set(qn("w:val"), LANGUAGE_TAGS[annex.language])
    about = document.core_properties
    about.title, about.subject, about.language = annex.title, annex.subject, LANGUAGE_TAGS[annex.language]
    about.author = about.comments = about.last_modified_by = ""
    about.created = about.modified = timezone.localtime(annex.made_at).replace(tzinfo=None)


def write_head(document, annex):
    from docx.enum.text import WD_ALIGN_PARAGRAPH

    document.add_paragraph(annex.title, style="Title")
    document.add_paragraph(annex.subject).runs[0].bold = True
    document.add_paragraph(annex.as_of).alignment = WD_ALIGN_PARAGRAPH.LEFT


def write_heading(document, block):
    document.add_heading(block.words, level=block.level)


def write_paragraph(document, block):
    document.add_paragraph(block.words)


def write_facts(document, block):
    if not block.rows:
        return
    grid = new_table(document, [30, 70])
    for label, words in block.rows:
        cells = grid.add_row().cells
        fill(cells[0], label, bold=True)
        fill(cells[1], words)


def write_table(document, block):
    grid = new_table(document, block.columns)
    head = grid.add_row()
    repeat_on_each_page(head)
    first_number = len(block.columns) - block.numbers
    for place, words in enumerate(block.head):
        fill(head.cells[place], words, bold=True, right=place >= first_number, size=8 if block.numbers else 10)
    for texts in block.rows:
        row = grid.add_row()
        keep_on_one_page(row)
        for place, words in enumerate(texts):
            fill(row.cells[place], words, right=place >= first_number)


def new_table(document, shares):
    """Without rows yet; its columns share the width of the text in this proportion."""
    from docx.shared import Cm

    grid = document.add_table(rows=0, cols=len(shares), style="Table Grid")
    grid.autofit = False
    for column, share in zip(grid.columns, shares, strict=True):
        column.width = Cm(TEXT_WIDTH * share / sum(shares))
    return grid


def fill(cell, words, *, bold=False, right=False, size=10):
    from docx.enum.text import WD_ALIGN_PARAGRAPH
    from docx.shared import Pt

    paragraph = cell.paragraphs[0]
    paragraph.paragraph_format.space_before = paragraph.paragraph_format.space_after = Pt(1)
    run = paragraph.add_run(words)
    run.bold, run.font.size = bold, Pt(size)
    if right:
        paragraph.alignment = WD_ALIGN_PARAGRAPH.RIGHT


def repeat_on_each_page(row):
    mark(row, "w:tblHeader")


def keep_on_one_page(row):
    mark(row, "w:cantSplit")


def mark(row, name):
    from docx.oxml import OxmlElement

    row._tr.get_or_add_trPr().append(OxmlElement(name))  # noqa: SLF001 -- the library has no other way


def write_page_numbers(paragraph):
    """«2 / 5», which Word counts by itself."""
    from docx.enum.text import WD_ALIGN_PARAGRAPH
    from docx.oxml import OxmlElement
    from docx.oxml.ns import qn

    paragraph.alignment = WD_ALIGN_PARAGRAPH.CENTER
    for place, name in enumerate(("PAGE", "NUMPAGES")):
        if place:
            paragraph.add_run(" / ")
        field = OxmlElement("w:fldSimple")
        field.set(qn("w:instr"), name)
        paragraph._p.append(field)  # noqa: SLF001 -- the library knows no fields


WRITERS = {
    "heading": write_heading,
    "paragraph": write_paragraph,
    "facts": write_facts,
    "table": write_table,
}
