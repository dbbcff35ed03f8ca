"""A page as a tree, so that tests ask for elements and words instead of pieces of HTML."""

import re
from html.parser import HTMLParser

VOID = frozenset("area base br col embed hr img input link meta source track wbr".split())


class Element:
    def __init__(self, tag, attributes, parent=None):
        self.tag, self.attributes, self.parent = tag, attributes, parent
        self.children = []

    def __getitem__(self, name):
        return self.attributes[name]

    def get(self, name):
        return self.attributes.get(name)

    @property
    def classes(self):
        return (self.get("class") or "").split()

    def everything(self):
        """All elements below this one, in the order of the page."""
        for child in self.children:
            if isinstance(child, Element):
                yield child
                yield from child.everything()

    def all(self, tag=None, *, cls=None, **attributes):
        """Elements below with this tag, class and attributes (`None`: whatever its value)."""
        return [
            element
            for element in self.everything()
            if tag in {None, element.tag}
            and (cls is None or cls in element.classes)
            and all(
                name in element.attributes and value in {None, element.attributes[name]}
                for name, value in attributes.items()
            )
        ]

    def one(self, tag=None, **attributes):
        (found,) = self.all(tag, **attributes)
        return found

    @property
    def text(self):
        """The words, with single spaces, as a reader sees them."""
        return re.sub(r"\s+", " ", "".join(self._pieces())).strip()

    def _pieces(self):
        for child in self.children:
            if isinstance(child, str):
                yield child
            elif child.tag not in {"script", "style"}:
                yield from child._pieces()


class Tree(HTMLParser):
    def __init__(self):
        super().__init__()
        self.root = self.current = Element("", {})

    def handle_starttag(self, tag, attrs):
        element = Element(tag, dict(attrs), self.current)
        self.current.children.append(element)
        if tag not in VOID:
            self.current = element

    def handle_startendtag(self, tag, attrs):
        self.current.children.append(Element(tag, dict(attrs), self.current))

    def handle_endtag(self, tag):
        assert tag == self.current.tag, f"</{tag}> closes <{self.current.tag}>"
        self.current = self.current.parent

    def handle_data(self, data):
        self.current.children.append(data)


def parse(response):
    """The page of a response; unclosed and crossed elements are an error."""
    tree = Tree()
    tree.feed(response.content.decode())
    tree.close()
    assert tree.current is tree.root, f"<{tree.current.tag}> is not closed"
    return tree.root
