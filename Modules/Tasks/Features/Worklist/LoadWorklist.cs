using Crm.Core;
using Crm.Tasks.Contracts;
using MediatR;

namespace Crm.Tasks.Features.Worklist;

/// <summary>All that waits for the current user, of one source or of all; for the page and the API.</summary>
[SignedIn]
internal sealed record LoadWorklistQuery(string? Source) : IRequest<LoadedWorklist>
{
    /// <summary>The most that one source gives: nobody works through more before the page is loaded again.</summary>
    public const int PerSource = 200;
}

/// <param name="Items">In the order to do them.</param>
/// <param name="Kinds">How many wait in each source, whatever was asked for.</param>
internal sealed record LoadedWorklist(IReadOnlyList<WorklistItem> Items, IReadOnlyList<WorklistKind> Kinds);

internal sealed record WorklistKind(string Key, string Title, int Open, int Late);

internal sealed class LoadWorklistHandler(IEnumerable<IWorklistSource> sources, ICurrentUser me, TimeProvider time) : IRequestHandler<LoadWorklistQuery, LoadedWorklist>
{
    public async Task<LoadedWorklist> Handle(LoadWorklistQuery query, CancellationToken cancellationToken)
    {
        var user = me.Access ?? throw new Forbidden("signed-in");
        var items = new List<WorklistItem>();
        var kinds = new List<WorklistKind>();
        foreach (var source in sources.OrderBy(s => s.Key, StringComparer.Ordinal))
        {
            var (open, late) = await source.CountAsync(user, time.GetUtcNow(), cancellationToken);
            kinds.Add(new(source.Key, source.Title, open, late));
            if (open > 0 && (query.Source is null || query.Source == source.Key)) items.AddRange(await source.LoadAsync(user, LoadWorklistQuery.PerSource, cancellationToken));
        }

        return new(WorklistGroups.Sort(items), kinds);
    }
}
