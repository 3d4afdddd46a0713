using Crm.Core;
using Crm.Platform.Contracts;

namespace Crm.Platform.Features.Dashboard;

internal sealed record ShownFigure(string Title, DashboardFigure Figure);

/// <summary>The strip of numbers at the head of the first page: what waits, how this week goes.</summary>
internal sealed class FiguresBlock(IEnumerable<IDashboardFigure> figures, ICurrentUser me) : IDashboardBlock
{
    public string Key => "platform.figures";

    public string Title => "At a glance";

    public string Icon => "chart-bar";

    public int Order => 5;

    public bool Wide => true;

    public string? Permission => null;

    public string? Url => null;

    public string? Live => null;

    public TimeSpan Keep => TimeSpan.FromSeconds(30);

    public bool IsFor(ICurrentUser user) => figures.Any(f => user.Can(f.Permission));

    public async Task<object?> LoadAsync(CancellationToken ct)
    {
        List<ShownFigure> shown = [];
        foreach (var figure in figures.Where(f => me.Can(f.Permission)).OrderBy(f => f.Order))
        {
            if (await figure.LoadAsync(ct) is { } loaded) shown.Add(new(figure.Title, loaded));
        }

        return shown.Count == 0 ? null : shown;
    }
}
