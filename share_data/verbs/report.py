"""`share-data report`."""

from share_data.verbs.options import CorpusArgument, JsonFlag
from share_data.verbs.printing import emit, show

EXAMPLE = "Example: share-data report out/demo --json"


def report(corpus: CorpusArgument, as_json: JsonFlag = False) -> None:
    """What became of every source, video and clip: kept, rejected by filter and reason, failed by error."""
    from share_data.audit.report import render_report, report_corpus

    result = report_corpus(corpus)
    if as_json:
        emit(result.to_json())
    else:
        show(render_report(result))
