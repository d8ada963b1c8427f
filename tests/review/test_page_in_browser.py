"""The page's script, run in Chromium where there is one (headless, no network)."""

from __future__ import annotations

import hashlib
import html
import json
import re
import shutil
import subprocess
from pathlib import Path

import pytest
from review_samples import HEAD, SECOND, busy

from ballot_scan.review import decisions
from ballot_scan.review.report import _static, page

BROWSER = next((b for n in ("chromium", "chromium-browser", "google-chrome") if (b := shutil.which(n))), None)
pytestmark = pytest.mark.skipif(BROWSER is None, reason="no Chromium here")

DRIVE = """
<script>
const out = (name, value) => {
  const node = document.createElement("pre");
  node.id = "out-" + name;
  node.textContent = JSON.stringify(value);
  document.body.append(node);
};
window.onerror = (message, file, line) => out("error", `${message} ${line}`);
</script>
"""


def dom(file: Path, profile: Path) -> str:
    command = [
        str(BROWSER), "--headless=new", "--no-sandbox", "--disable-gpu", "--disable-background-networking",
        "--disable-component-update", "--disable-sync", "--no-first-run", f"--user-data-dir={profile}", "--dump-dom",
        file.as_uri(),
    ]  # fmt: skip
    return subprocess.run(command, capture_output=True, check=True, timeout=60).stdout.decode("utf-8")


def said(document: str, name: str) -> object:
    found = re.search(rf'<pre id="out-{name}">(.*?)</pre>', document, re.S)
    return json.loads(html.unescape(found[1])) if found else None


def test_the_script_computes_the_same_digests(tmp_path: Path) -> None:
    texts = ["", "abc", "ă" * 55, "x" * 56, "x" * 63, "x" * 64, 'Tín nhiệm thấp 🗳️ \u2028"\\\n\x7f' * 999]
    content = {"z": None, "a": [1, "đ", {"b": 12, "ab": "\u0001\t/"}], "é": texts[-1]}
    script = "\n".join(_static(name) for name in ("sha256.js", "seal.js"))
    check = (
        f"const texts = {json.dumps(texts)}, content = {json.dumps(content)};"
        "out('digests', texts.map(sha256)); out('canonical', canonical(content)); out('sealed', sealed(content));"
        "out('clean', clean(' e\u0302\u0323\\r\\na\\u0007b\\u200bc ')); out('slug', slug('Đỗ Thị Thử (2)'));"
    )
    file = tmp_path / "check.html"
    file.write_text(
        f"<!DOCTYPE html><meta charset=utf-8><body>{DRIVE}<script>{script}\n{check}</script>", encoding="utf-8"
    )
    document = dom(file, tmp_path / "profile")
    assert said(document, "error") is None
    assert said(document, "digests") == [hashlib.sha256(t.encode()).hexdigest() for t in texts]
    assert said(document, "canonical") == decisions.canonical(content).decode()
    assert json.loads(str(said(document, "sealed")))["digest"] == decisions.digest_of(content)
    assert said(document, "clean") == "ệ\na b c"
    assert said(document, "slug") == "do-thi-thu-2"


def test_a_member_decides_in_the_page_and_the_file_is_taken(tmp_path: Path) -> None:
    sample = busy()
    cases = sample.cases()
    content = page(sample.event, cases, regulation=sample.regulation, layouts=sample.layouts, lang="vi")
    sample.keep_pictures(tmp_path / "evidence")
    steps = """
    <script>
    const files = [], names = [];
    window.Blob = class { constructor(parts) { files.push(parts.join("")); } };
    URL.createObjectURL = () => "#";
    const pick = (id, value) => { $(id).value = value; $(id).dispatchEvent(new Event("change")); };
    const press = (key) => document.body.dispatchEvent(new KeyboardEvent("keydown", { key, bubbles: true }));
    out("before", [$("left").textContent, document.querySelectorAll("article").length, $("save").disabled]);
    out("why", document.querySelector("#case-0-0 .why").textContent);
    out("locked", document.querySelectorAll("fieldset input:not([disabled])").length);
    pick("member", MEMBER);
    out("chosen", $("left").textContent);
    document.querySelector("#case-0-1 input[value=high]").click();
    press("s");
    out("missing", [files.length, $("said").textContent, document.activeElement.id]);
    document.activeElement.value = "dấu kia là vết mực";
    document.activeElement.dispatchEvent(new Event("input", { bubbles: true }));
    document.querySelector("#case-3-0 input[value=medium]").click();
    document.activeElement.blur();
    press("s");
    out("file", files[0]);
    out("after", [$("left").textContent, $("said").textContent]);
    out("kept", Object.keys(JSON.parse(localStorage.getItem(DATA.format + ":" + DATA.event)).drafts[MEMBER]).length);
    pick("by-state", "decided");
    out("filtered", document.querySelectorAll("article").length);
    pick("by-state", "");
    pick("by-rule", "extra-writing");
    out("by-rule", [...document.querySelectorAll("article h2")].map((h) => h.textContent));
    out("images", document.querySelectorAll("img[loading=lazy]").length > 0);
    </script>
    """.replace("MEMBER", json.dumps(SECOND))
    file = tmp_path / "review" / "index.html"
    file.parent.mkdir()
    bare = re.sub(r'<meta http-equiv="Content-Security-Policy"[^>]*>', "", content)
    file.write_text(
        bare.replace("<noscript>", DRIVE + "<noscript>").replace("</body>", steps + "</body>"), encoding="utf-8"
    )
    document = dom(file, tmp_path / "profile")
    assert said(document, "error") is None
    assert said(document, "before") == ["3 / 5 phiếu chờ kết luận", 5, True]
    assert said(document, "why") == (
        "Dấu không rõ. Tín nhiệm: chỉ một nét, ngắn hoặc nhạt so với dấu khác trên phiếu: có thể do ngập ngừng, "
        "một nét chạm tới hai ô"
    )
    assert said(document, "locked") == 0
    assert said(document, "chosen") == "Còn 4 mục trên 3 phiếu chờ bạn · 0 kết luận chưa nộp"
    assert said(document, "missing") == [0, "Chưa lưu: kết luận này cần ghi căn cứ.", "case-0-1-g"]
    assert said(document, "after") == [
        "Còn 2 mục trên 2 phiếu chờ bạn · 2 kết luận chưa nộp",
        "Đã lưu 2 kết luận vào tệp decisions-do-thi-thu-1.json. Hãy giao tệp cho người vận hành: "
        "scan-tally decide decisions-do-thi-thu-1.json",
    ]
    assert said(document, "kept") == 2
    assert said(document, "filtered") == 2
    assert said(document, "by-rule") == ["Phiếu 9BBBB-22222"]
    assert said(document, "images") is True
    opinions = decisions.parse(str(said(document, "file")).encode(), sample.event, cases)
    assert [(o.ballot_key, o.row, o.verdict, o.grounds, o.member) for o in opinions] == [
        ("7K2QM-9XFD0", 4, "high", "dấu kia là vết mực", SECOND),
        ("CCCCC-33333", 1, "medium", "", SECOND),
    ]


def test_the_page_runs_under_its_own_policy(tmp_path: Path) -> None:
    sample = busy()
    file = tmp_path / "review" / "index.html"
    file.parent.mkdir()
    content = page(sample.event, sample.cases(), regulation=sample.regulation, layouts=sample.layouts, lang="en")
    file.write_text(content, encoding="utf-8")
    document = dom(file, tmp_path / "profile")
    assert document.count("<article") == 5
    assert f'<option value="{HEAD}">' in document
