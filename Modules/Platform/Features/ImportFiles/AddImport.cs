using Crm.Core;
using Crm.Data.Import;
using Crm.Platform.Data;
using Crm.Platform.Importing;
using FluentValidation;
using MediatR;
using Npgsql;

namespace Crm.Platform.Features.ImportFiles;

/// <summary>A file was uploaded: looks at what it is, and reads it like the last one of its shape.</summary>
[SignedIn]
internal sealed record AddImportCommand(Guid Id, string Target, string FileName, long Size) : ICommand<Guid>;

internal sealed class AddImportValidator : AbstractValidator<AddImportCommand>
{
    public AddImportValidator() => RuleFor(c => c.Target).NotEmpty();
}

internal sealed class AddImportHandler(PlatformDb db, ImportFolder folder, IEnumerable<IImportTarget> targets, NpgsqlDataSource source, ICurrentUser me, TimeProvider time) : IRequestHandler<AddImportCommand, Guid>
{
    public async Task<Guid> Handle(AddImportCommand request, CancellationToken cancellationToken)
    {
        var target = ImportTargets.Find(targets, request.Target, me);
        TableShape shape;
        IReadOnlyList<string> heads;
        try
        {
            await using var file = folder.Open(request.Id);
            shape = TableFile.Detect(file);
            using var reader = TableFile.Open(file, shape);
            heads = [.. reader.Heads];
        }
        catch (RuleBroken e)
        {
            throw new InvalidInput("Upload", e.Message, e.Args);
        }

        var import = new ImportFile(request.Id, target.Key, request.FileName.Length > 200 ? request.FileName[^200..] : request.FileName, request.Size, shape, heads, me.Id, time.GetUtcNow());
        await ImportTargets.GuessAsync(import, target, source, cancellationToken);
        db.Imports.Add(import);
        return import.Id;
    }
}

/// <summary>What the commands and pages of an import share.</summary>
internal static class ImportTargets
{
    public static IImportTarget Find(IEnumerable<IImportTarget> targets, string key, ICurrentUser me)
    {
        var target = targets.FirstOrDefault(t => t.Key == key) ?? throw new NotFound("import target", key);
        return me.Can(target.Permission) ? target : throw new Forbidden(target.Permission);
    }

    /// <summary>Like the last file of this shape, else by the heads.</summary>
    public static async Task GuessAsync(ImportFile import, IImportTarget target, NpgsqlDataSource source, CancellationToken ct)
    {
        var fields = await target.FieldsAsync(ct);
        if (await ImportTables.MapAsync(source, target.Key, import.Shape, import.UserId, ct) is { } known)
        {
            var columns = known.Columns.Select(c => fields.Any(f => f.Key == c) ? c : "").ToArray();
            // The column with reasons may have come or gone: columns are told by the rest.
            var rest = new Queue<string>(columns);
            import.Map([.. import.Heads.Select(h => ReasonsColumn.Is(h) ? "" : rest.TryDequeue(out var c) ? c : "")], known.Key_Field, Enum.Parse<ImportMode>(known.Mode), known.Adds_Values, false);
            return;
        }

        var guessed = target.Agree(import.Heads, ColumnGuess.Of(import.Heads, fields));
        var key = target.Keys.FirstOrDefault(k => k.Fields.Any(guessed.Contains));
        import.Map(guessed, key?.Key, ImportMode.Create, false, false);
    }
}
