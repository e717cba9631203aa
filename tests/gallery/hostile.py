"""Posts that try whatever is known to run something in a page, or to ask a server for something."""

from __future__ import annotations

import json

ELSEWHERE = "http://127.0.0.1:9/seen"
"""Where nobody listens; to ask for it would be seen all the same."""

_RUN = "window.ran=1;document.title=&quot;ran&quot;"
_TITLE = (
    "</title></script><script>window.ran=1</script><img src=x onerror=window.ran=1>\"'{{ 7*7 }}"
)

HTML = f"""
<p>Words before.</p>
<script>window.ran=1</script>
<script src="{ELSEWHERE}.js"></script>
<img src="x.png" alt="&quot;><script>window.ran=1</script>" onload="{_RUN}" onerror="{_RUN}" style="background:url({ELSEWHERE}.png)">
<svg onload="{_RUN}"><script>window.ran=1</script><a xlink:href="javascript:window.ran=1"><text>t</text></a>
<image href="{ELSEWHERE}-svg.png" /><use href="{ELSEWHERE}.svg#a"/><foreignObject><iframe src="{ELSEWHERE}"></iframe></foreignObject></svg>
<iframe src="{ELSEWHERE}.html"></iframe><iframe srcdoc="<script>parent.window.ran=1</script>"></iframe>
<meta http-equiv="refresh" content="0;url={ELSEWHERE}"><base href="{ELSEWHERE}/"><link rel="stylesheet" href="{ELSEWHERE}.css">
<link rel="prefetch" href="{ELSEWHERE}"><link rel="icon" href="{ELSEWHERE}.ico">
<style>@import "{ELSEWHERE}.css"; body {{ background: url({ELSEWHERE}-body.png); display: none }}</style>
<form action="{ELSEWHERE}"><input name="a" autofocus onfocus="{_RUN}"><button>Send</button></form>
<object data="{ELSEWHERE}.swf"></object><embed src="{ELSEWHERE}.swf"><video src="{ELSEWHERE}.mp4" autoplay poster="{ELSEWHERE}-p.png"></video>
<audio src="{ELSEWHERE}.mp3" autoplay></audio><portal src="{ELSEWHERE}"></portal>
<details open ontoggle="{_RUN}"><summary>s</summary>d</details><marquee onstart="{_RUN}">m</marquee>
<math><mtext><table><mglyph><style><!--</style><img title="--&gt;&lt;img src=1 onerror={_RUN}&gt;"></mglyph></table></mtext></math>
<noscript><p title="</noscript><img src=x onerror={_RUN}>"></noscript>
<template><img src="{ELSEWHERE}-t.png" onerror="{_RUN}"></template>
<textarea></textarea><xmp><img src=x onerror={_RUN}></xmp><plaintex><title><img src=x onerror={_RUN}></title>
<a href="javascript:window.ran=1" id="lightbox" name="gallery">link</a> <a href="JaVaScRiPt&colon;window.ran=1">two</a>
<a href="\x01javascript:window.ran=1">three</a> <a href="data:text/html,<script>window.ran=1</script>">four</a>
<a class="zoom" data-picture="1" href="{ELSEWHERE}-zoom.png">five</a> <a href="//127.0.0.1:9/seen" ping="{ELSEWHERE}-ping">six</a>
<a href="file:///etc/passwd">seven</a> <a href="vbscript:msgbox(1)">eight</a> <a href="blob:x">nine</a>
<img srcset="{ELSEWHERE}-1.png 1x, {ELSEWHERE}-2.png 2x"><picture><source srcset="{ELSEWHERE}-3.png"><img src="{ELSEWHERE}-4.png"></picture>
<img data-src="{ELSEWHERE}-lazy.png" src="data:image/svg+xml,<svg xmlns='http://www.w3.org/2000/svg' onload='window.ran=1'/>">
<table background="{ELSEWHERE}-b.png"><tr><td background="{ELSEWHERE}-c.png" onclick="{_RUN}">cell</td></tr></table>
<div style="background-image:url({ELSEWHERE}-d.png);position:fixed;inset:0" onmouseover="{_RUN}">over</div>
<p lang="en" id="article" title="&quot; onclick=window.ran=1">Words after.</p>
"""

MARKDOWN = f"""---
title: {json.dumps(_TITLE)}
author: "<script>window.ran=1</script>"
date: 2021-12-01 10:00:00
cover: x.png
---

![alt" onerror="window.ran=1](x.png "title" onmouseover="window.ran=1")
![<script>window.ran=1</script>]({ELSEWHERE}-md.png)
[a](javascript:window.ran=1) [b](<javascript:window.ran=1>) <javascript:window.ran=1> [c](DATA:text/html,x)

`<script>window.ran=1</script>`

    <script>window.ran=1</script>

{HTML}
"""

DRAWING = f"""<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" width="300" height="200" onload="window.ran=1">
<script>window.ran=1; fetch("{ELSEWHERE}-fetch")</script><style>@import url("{ELSEWHERE}-svg.css");</style>
<image href="{ELSEWHERE}-inside.png" width="9" height="9"/><rect width="300" height="200" fill="teal" onclick="window.ran=1"/>
<foreignObject><iframe xmlns="http://www.w3.org/1999/xhtml" src="{ELSEWHERE}-frame"/></foreignObject></svg>"""

ARTICLES = {
    "plain.md": MARKDOWN,
    "page.html": f"<!doctype html><html><head><title>{_TITLE}</title></head><body onload='{_RUN}'>{HTML}</body></html>",
    "a\"><img src=y onerror=window.ran=1>'&<b>.md": "---\ntitle: Name\ndate: 2021-11-02\n---\n![n](x.png)\n",
    "drawing.md": "---\ntitle: Drawing\ndate: 2021-11-03\n---\n![The drawing](drawing.svg)\n\n[open](drawing.svg)\n",
    "deep.md": "![x](x.png)\n\n" + "<div>" * 30_000 + "bottom" + "\n\n" + ">" * 3_000 + " deep",
    "rtl.md": "---\ntitle: سفر طويل عبر الجبال والوديان\ndate: 2021-10-04\n---\nكان الصباح هادئا.\n\n![صورة](x.png)\n",
    "long.md": f"---\ntitle: {'Averyveryverylongwordwithoutanybreak' * 9}\ndate: 2021-09-04\n---\n![x](x.png)\n",
}
FILES = {"drawing.svg": DRAWING, 'x" onerror="window.ran=1.png': ""}
"""Pictures by their paths in the blog."""
