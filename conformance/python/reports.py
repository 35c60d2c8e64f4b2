"""Reading the reports of mqspec test. Each reader fails where a report is not what it must be."""

import json
import pathlib
import subprocess
import xml.etree.ElementTree

SCHEMA = pathlib.Path(__file__).resolve().parents[1] / "schema"


class Reports:
    """Where one run is to leave its reports: `options` for the command line, then the readers."""

    def __init__(self, folder, check):
        self.paths = {name: folder / f"report.{name}" for name in ("json", "junit", "tap")}
        self.options = [word for name, path in self.paths.items() for word in (f"--{name}", path)]
        self._check = check

    def json(self):
        report = json.loads(self.paths["json"].read_text())
        self._check("test-report", report)
        return report

    def junit(self):
        """The root; its counts have been compared with what it holds."""
        path = self.paths["junit"]
        command = ["xmllint", "--noout", "--schema", SCHEMA / "junit.xsd", path]
        checked = subprocess.run(command, capture_output=True, text=True, check=False)
        assert checked.returncode == 0, checked.stderr
        root = xml.etree.ElementTree.parse(path).getroot()
        for scope in [root, *root.findall("testsuite")]:
            cases = list(scope.iter("testcase"))
            assert int(scope.get("tests")) == len(cases)
            for kind, attribute in (("failure", "failures"), ("error", "errors"), ("skipped", "skipped")):
                assert int(scope.get(attribute)) == sum(c.find(kind) is not None for c in cases)
        return root

    def tap(self):
        """Its lines; Perl's prove has read them."""
        path = self.paths["tap"]
        lines = path.read_text().splitlines()
        proved = subprocess.run(["prove", "--exec", "cat", path], capture_output=True, text=True, check=False)
        results = [line for line in lines if line.startswith(("ok ", "not ok "))]
        red = [line for line in results if line.startswith("not ok ") and " # TODO " not in line]
        bailed = [line for line in lines if line.startswith("Bail out! ")]
        assert "Parse errors" not in proved.stdout, proved.stdout
        assert (proved.returncode == 0) == (results != [] and red == [] and bailed == [])
        assert lines[:2] == ["TAP version 13", f"1..{len(results)}"]
        return lines

    def verdicts(self):
        """{case@version: verdict}, which all three reports have told alike."""
        report = self.json()
        junit, tap = self.junit(), self.tap()
        verdicts = {f"{case['id']}@{case['version']}": case["verdict"] for case in report["cases"]}
        assert len(verdicts) == len(report["cases"]) == sum(report["summary"].values())
        told = [c for c in junit.iter("testcase") if c.get("classname") not in ("broker", "run")]
        assert sorted(f"{c.get('name')}@{c.get('classname')}" for c in told) == sorted(verdicts)
        assert sum(line.startswith(("ok ", "not ok ")) for line in tap) == len(verdicts)
        return verdicts
