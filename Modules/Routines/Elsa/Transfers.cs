using System.IO.Compression;
using System.Text;
using System.Text.Json.Nodes;
using Crm.Core;
using Crm.Routines.Data;
using Crm.Routines.Definitions;
using MediatR;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.EntityFrameworkCore;

namespace Crm.Routines.Elsa;

/// <summary>Definitions as files, in and out, one or many.</summary>
internal static class Transfers
{
    public static void Map(RouteGroupBuilder api)
    {
        var see = new RequiresAttribute(RoutinesPermissions.See);
        var design = new RequiresAttribute(RoutinesPermissions.Design);
        api.MapGet("/workflow-definitions/{definitionId}/export", ExportAsync).WithMetadata(see);
        api.MapPost("/bulk-actions/export/workflow-definitions", BulkExportAsync).WithMetadata(see);
        api.MapPost("/workflow-definitions/import", ImportAsync).WithMetadata(design);
        api.MapPost("/workflow-definitions/import-files", ImportFilesAsync).WithMetadata(design);
    }

    private static async Task<IResult> ExportAsync(string definitionId, string? versionOptions, RoutinesDb db, RoutineTravel travel, CancellationToken ct)
    {
        var view = await Definitions.FindAsync(db, definitionId, versionOptions, ct);
        return Results.File(Encoding.UTF8.GetBytes(await DefinitionJson.ForFileAsync(view, travel, ct)), "application/json", FileName(view));
    }

    private static async Task<IResult> BulkExportAsync(HttpRequest request, RoutinesDb db, RoutineTravel travel, CancellationToken ct)
    {
        var ids = (await ElsaApi.BodyAsync(request))["ids"].Strings().ToArray();
        var views = await Definitions.Views(db, true).Where(v => ids.Contains(v.VersionId)).OrderBy(v => v.Name).ToListAsync(ct);
        if (views.Count == 0) return Results.NotFound();
        if (views.Count == 1) return Results.File(Encoding.UTF8.GetBytes(await DefinitionJson.ForFileAsync(views[0], travel, ct)), "application/json", FileName(views[0]));
        List<(string, string)> files = [];
        foreach (var view in views) files.Add((FileName(view), await DefinitionJson.ForFileAsync(view, travel, ct)));
        return Results.File(RoutineFiles.Zip(files), "application/zip", "workflow-definitions.zip");
    }

    /// <summary>The name that Elsa gives: the routine's own name would lose its letters on the way through a header.</summary>
    private static string FileName(VersionView view) => $"workflow-definition-{view.DefinitionId}-v{view.Number}.json";

    private static async Task<IResult> ImportAsync(HttpRequest request, RoutinesDb db, IMediator mediator, ICurrentUser user, CancellationToken ct)
    {
        var body = await ElsaApi.BodyAsync(request, RoutineLimits.Json);
        var saved = await mediator.Send(new ImportRoutineCommand(body.ToJsonString()), ct);
        return ElsaApi.Json(DefinitionJson.ForStudio(await Definitions.Views(db, true).SingleAsync(v => v.Id == saved.VersionId, ct), user.Can(RoutinesPermissions.Design)));
    }

    private static async Task<IResult> ImportFilesAsync(HttpRequest request, IServiceScopes scopes, CancellationToken ct)
    {
        var count = 0;
        foreach (var file in (await request.ReadFormAsync(ct)).Files)
        {
            await using var stream = file.OpenReadStream();
            foreach (var (_, json) in await RoutineFiles.ReadAsync(file.FileName, stream, ct))
            {
                await scopes.SendAsync(new ImportRoutineCommand(json), ct);
                count++;
            }
        }

        return ElsaApi.Json(new JsonObject { ["count"] = count });
    }
}

/// <summary>Routines in files.</summary>
internal static class RoutineFiles
{
    private const int MaxEntries = 100;

    public static byte[] Zip(IEnumerable<(string Name, string Json)> files)
    {
        using var buffer = new MemoryStream();
        using (var zip = new ZipArchive(buffer, ZipArchiveMode.Create, leaveOpen: true))
        {
            foreach (var (name, json) in files)
            {
                using var entry = zip.CreateEntry(name, CompressionLevel.Optimal).Open();
                entry.Write(Encoding.UTF8.GetBytes(json));
            }
        }

        return buffer.ToArray();
    }

    /// <summary>The definitions in a JSON file, or in a ZIP of such files.</summary>
    /// <exception cref="InvalidInput">Neither, or too big once unpacked.</exception>
    public static async Task<IReadOnlyList<(string Name, string Json)>> ReadAsync(string name, Stream stream, CancellationToken ct)
    {
        using var buffer = new MemoryStream();
        await CopyAsync(stream, buffer, RoutineLimits.Json * 2, ct);
        buffer.Position = 0;
        if (buffer.Length < 4 || buffer.GetBuffer() is not [(byte)'P', (byte)'K', ..]) return [(name, Encoding.UTF8.GetString(buffer.GetBuffer(), 0, (int)buffer.Length))];

        try
        {
            using var zip = new ZipArchive(buffer, ZipArchiveMode.Read);
            var entries = zip.Entries.Where(e => e.Name.EndsWith(".json", StringComparison.OrdinalIgnoreCase)).ToList();
            if (entries.Count is 0 or > MaxEntries) throw new InvalidInput("File", "This file holds no routine.");
            List<(string, string)> found = [];
            // What an entry says of its size is the sender's word: the limit counts what really comes out.
            var left = RoutineLimits.Json * 4L;
            foreach (var entry in entries)
            {
                using var unpacked = new MemoryStream();
                await using var content = await entry.OpenAsync(ct);
                await CopyAsync(content, unpacked, (int)Math.Min(left, RoutineLimits.Json), ct);
                left -= unpacked.Length;
                found.Add((entry.Name, Encoding.UTF8.GetString(unpacked.GetBuffer(), 0, (int)unpacked.Length)));
            }

            return found;
        }
        catch (InvalidDataException)
        {
            throw new InvalidInput("File", "This file can't be read.");
        }
    }

    private static async Task CopyAsync(Stream from, MemoryStream to, int limit, CancellationToken ct)
    {
        var chunk = new byte[64 * 1024];
        int n;
        while ((n = await from.ReadAsync(chunk, ct)) > 0)
        {
            if (to.Length + n > limit) throw new InvalidInput("File", "The file is too big.");
            to.Write(chunk, 0, n);
        }
    }
}
