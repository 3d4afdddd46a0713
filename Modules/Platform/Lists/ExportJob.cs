using Crm.Core;
using Crm.Web;
using Microsoft.Extensions.DependencyInjection;

namespace Crm.Platform.Lists;

/// <param name="Record">Key of the record.</param>
/// <param name="Query">Query string of the list whose rows are meant.</param>
/// <param name="Format">csv or xlsx.</param>
/// <param name="Raw">For programs.</param>
/// <param name="Name">Name of the file.</param>
internal sealed record ExportArguments(string Record, string Query, string Format, bool Raw, string Name);

/// <summary>A long list as a file, while its user goes on working. Begun anew where its host dies: a file can't be taken up in the middle.</summary>
internal sealed class ExportJob : IBackgroundJob
{
    public const string JobKey = "platform.export-list";

    public string Key => JobKey;

    public string Title => "List as a file";

    public async Task RunAsync(BackgroundRun run, CancellationToken ct)
    {
        var args = run.Args<ExportArguments>();
        var path = Path.GetTempFileName();
        try
        {
            var rows = await run.InScopeAsync(async services =>
            {
                var lists = services.GetRequiredService<RecordLists>();
                var type = lists.Type(args.Record);
                // The right may have gone since it was asked for.
                if (type.Export is { } right && !run.User.Can(right)) throw new Forbidden(right);
                var query = await lists.QueryAsync(type, args.Query, ct) with { For = Operation.Export };
                var total = await lists.Reader.CountAsync(type, query, long.MaxValue, ct);
                await using var file = new FileStream(path, FileMode.Create, FileAccess.Write, FileShare.None, 1 << 16);
                return await new ListExport(lists, services.GetRequiredService<DateView>()).WriteAsync(type, query, file, args.Format, args.Raw, done => run.ReportAsync(done, Math.Max(total, done)), ct);
            });
            await using var content = File.OpenRead(path);
            await run.ResultFileAsync(args.Name, content, ct);
            run.Result("{0} rows exported.", PersianText.Number(rows));
        }
        finally
        {
            File.Delete(path);
        }
    }
}
