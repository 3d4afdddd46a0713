using Crm.Core;
using Crm.Web;

namespace Crm.Platform.Features.ReportList;

/// <summary>All reports of all modules that one may see.</summary>
[SignedIn]
internal sealed class ReportListPage(IEnumerable<IReportSource> sources) : PageBase
{
    public IReadOnlyList<IGrouping<string, ReportLink>> Groups { get; private set; } = [];

    public void OnGet() => Groups = [.. sources.SelectMany(s => s.Reports).Where(r => Me.Can(r.Permission)).GroupBy(r => r.Group, StringComparer.Ordinal)];
}
