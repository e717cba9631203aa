"""How HTML that is not nested well comes to stand in a page."""

from __future__ import annotations

import re

import pytest

from tests.gallery.test_articles import cleaned

ADDED = re.compile(r' (?:rel="noopener noreferrer"|tabindex="0")')
"""What the sanitiser puts there."""

# What an article says, and what its page has of it.
CASES = {
    "items without end tags": ("<ul><li>a<li>b</ul>c", "<ul><li>a</li><li>b</li></ul>c"),
    "many items": ("<ul>" + "<li>a" * 200, "<ul>" + "<li>a</li>" * 200 + "</ul>"),
    "a list in an item": (
        "<ul><li>a<ul><li>b</ul><li>c</ul>",
        "<ul><li>a<ul><li>b</li></ul></li><li>c</li></ul>",
    ),
    "terms": (
        "<dl><dt>a<dd>b<dt>c<dd><p>d</dl>",
        "<dl><dt>a</dt><dd>b</dd><dt>c</dt><dd><p>d</p></dd></dl>",
    ),
    "paragraphs": ("<p>a<p>b<div>c</div>d", "<p>a</p><p>b</p><div>c</div>d"),
    "a paragraph around a list": ("<p>a<ul><li>b</ul></p>", "<p>a</p><ul><li>b</li></ul>"),
    "formatting out of order": ("<b>a<i>b</b>c</i>", "<b>a<i>b</i></b>c"),
    "formatting around a block": ("<b>a<p>b</b>c</p>", "<b>a<p>b</p></b>c"),
    "formatting left open": ("<p><b>a</p><p>c</p>", "<p><b>a</b></p><p>c</p>"),
    "a link in a link": (
        "<a href=https://a.example/>a<a href=https://b.example/>b</a>",
        '<a href="https://a.example/">a</a><a href="https://b.example/">b</a>',
    ),
    "end tags of nothing": ("a</p></b></div>b</br>c", "ab<br>c"),
    "headings": ("<h1>a<h2>b</h2>", "<h1>a</h1><h2>b</h2>"),
    "a table": (
        "<table><tr><td>a<td>b<tr><th>c</table>d",
        "<table><tbody><tr><td>a</td><td>b</td></tr><tr><th>c</th></tr></tbody></table>d",
    ),
    "a table with a head": (
        "<table><caption>x<thead><tr><th>a<tbody></table>b",
        "<table><caption>x</caption><thead><tr><th>a</th></tr></thead><tbody></tbody></table>b",
    ),
    "text between cells": (
        "<table>x<tr><td>a</td>y</tr></table>",
        "<table><tbody><tr><td>x</td></tr><tr><td>a</td><td>y</td></tr></tbody></table>",
    ),
    "a table in a cell": (
        "<table><td><table></table>b",
        "<table><tbody><tr><td><table></table>b</td></tr></tbody></table>",
    ),
    "an end tag in a cell": (
        "<b><table><tr><td>a</b>b</table>c",
        "<b><table><tbody><tr><td>ab</td></tr></tbody></table>c</b>",
    ),
    "cells without a table": ("<tr><td>a</td></tr>", "a"),
    "annotations": ("<ruby>a<rt>b<rt>c</ruby>", "<ruby>a<rt>b</rt><rt>c</rt></ruby>"),
    "a drawing": ("a<svg><title>t</title><g>x</g></svg>b", "ab"),
    "a drawing without an end": ("a<svg><path d=''><p>b", "a<p>b</p>"),
    "a choice": ("a<select><option>x</select>b", "ab"),
    "a choice without an end": ("a<select><option>x", "ax"),
    "objects in each other": ("a<object>x<object>y</object>z</object>b", "ab"),
    "comments": ("a<!-- <b> -->b<!doctype x>c<?x y?>d<![CDATA[<i>]]>e", "abcd]]&gt;e"),
    "a tag without an end": ("a <b c", "a &lt;b c"),
    "unknown elements": ("<blink>a</blink><x-y>b", "ab"),
    "raw text": ("a<script><b>x</b></script>b<xmp><i></xmp><textarea><p></textarea>c", "abc"),
    "attributes": (
        '<p id="x" CLASS=y onclick=z title=\'a "b" &amp; c\' title=d>e',
        '<p id="article-x" title="a &quot;b&quot; &amp; c">e</p>',
    ),
    "a long attribute": (f"<p title={'x' * 10_000} lang=en>e", '<p lang="en">e</p>'),
    "many references": ("&lt;" * 5_000 + "&amp;" * 5_000, "&lt;" * 5_000 + "&amp;" * 5_000),
}


@pytest.mark.parametrize("case", CASES)
def test_nesting(case: str) -> None:
    """Each element is where its tags say, as far as they can be kept; every word is there."""
    written, expected = CASES[case]

    safe, rest = cleaned(written)

    assert (ADDED.sub("", safe), rest) == (expected, "")
