using System.ComponentModel.DataAnnotations;
using Crm.Core;
using Crm.Data;
using Crm.Data.Import;
using Crm.Platform.Data;
using Crm.Platform.Importing;
using FluentValidation;
using MediatR;
using Microsoft.EntityFrameworkCore;
using Npgsql;

namespace Crm.Platform.Features.ImportFiles;

/// <summary>Says which column means which field; with <see cref="Start"/> the import begins.</summary>
[SignedIn]
internal sealed record MapImportCommand : ICommand
{
    public Guid Id { get; init; }

    public List<string> Columns { get; init; } = [];

    [Display(Name = "Known records are found by")]
    public string? KeyField { get; init; }

    [Display(Name = "What becomes of them")]
    public ImportMode Mode { get; init; }

    public bool AddsValues { get; init; }

    public bool Tells { get; init; }

    public bool Shared { get; init; }

    /// <summary>Read as another encoding or with another delimiter than was found.</summary>
    public string? Encoding { get; init; }

    public string? Delimiter { get; init; }

    public bool Start { get; init; }
}

internal sealed class MapImportValidator : AbstractValidator<MapImportCommand>
{
    public MapImportValidator()
    {
        RuleFor(c => c.Id).NotEmpty();
        RuleFor(c => c.Mode).IsInEnum();
        RuleFor(c => c.Columns).Must(c => c.Count <= 1_000).WithMessage("Too many values.");
        RuleFor(c => c.Encoding).Must(e => TableShape.Encodings.Contains(e!)).When(c => !string.IsNullOrEmpty(c.Encoding)).WithMessage("Choose one of the list.");
        RuleFor(c => c.Delimiter).Must(d => DelimiterOf(d) is not null).When(c => !string.IsNullOrEmpty(c.Delimiter)).WithMessage("Choose one of the list.");
    }

    /// <summary>Forms can't send a bare tab.</summary>
    public static char? DelimiterOf(string? name) => name switch { "comma" => ',', "semicolon" => ';', "tab" => '\t', _ => null };
}

internal sealed class MapImportHandler(PlatformDb db, ImportFolder folder, IEnumerable<IImportTarget> targets, IBackgroundWork work, NpgsqlDataSource source, ICurrentUser me) : IRequestHandler<MapImportCommand, Unit>
{
    [BypassesSave("How files of this shape are read is one statement, beside the save.")]
    public async Task<Unit> Handle(MapImportCommand request, CancellationToken cancellationToken)
    {
        var id = me.Id;
        var import = await db.Imports.FirstOrDefaultAsync(i => i.Id == request.Id && i.UserId == id, cancellationToken) ?? throw new NotFound("import", request.Id);
        var target = ImportTargets.Find(targets, import.Target, me);
        if (import.RunId is not null) throw new RuleBroken("import.begun", "This import has begun already.");
        var shape = import.How with { Encoding = request.Encoding is { Length: > 0 } e ? e : import.Encoding, Delimiter = MapImportValidator.DelimiterOf(request.Delimiter) ?? import.Delimiter[0] };
        if (shape != import.How && import.Kind != TableKind.Excel)
        {
            using var reader = TableFile.Open(folder.Open(import.Id), shape);
            import.Reshape(shape, reader.Heads);
            await ImportTargets.GuessAsync(import, target, source, cancellationToken);
            return Unit.Value;
        }

        var fields = await target.FieldsAsync(cancellationToken);
        Check(request, import, target, fields);
        import.Map(request.Columns, request.KeyField, request.Mode, request.AddsValues, request.Tells);
        if (!request.Start) return Unit.Value;
        await ImportTables.RememberAsync(db, import, request.Shared, cancellationToken);
        import.Started(await work.StartAsync(ImportJob.Name, new ImportArgs(import.Id), import.FileName, cancellationToken));
        return Unit.Value;
    }

    private static void Check(MapImportCommand request, ImportFile import, IImportTarget target, IReadOnlyList<ImportField> fields)
    {
        List<(string, string, object?[])> wrong = [];
        var seen = new HashSet<string>(StringComparer.Ordinal);
        for (var i = 0; i < Math.Min(request.Columns.Count, import.Heads.Length); i++)
        {
            if (string.IsNullOrEmpty(request.Columns[i])) continue;
            if (fields.FirstOrDefault(f => f.Key == request.Columns[i]) is not { } field) wrong.Add(($"Columns[{i}]", "Choose one of the list.", []));
            else if (!seen.Add(field.Key) && !field.Repeats) wrong.Add(($"Columns[{i}]", "Another column means this already.", []));
        }

        if (seen.Count == 0) wrong.Add(("", "Say of at least one column what it means.", []));
        if (request.KeyField is { Length: > 0 } name)
        {
            if (target.Keys.FirstOrDefault(k => k.Key == name) is not { } key) wrong.Add((nameof(request.KeyField), "Choose one of the list.", []));
            else if (!key.Fields.Any(seen.Contains)) wrong.Add((nameof(request.KeyField), "No column brings this.", []));
        }
        else if (request.Mode != ImportMode.Create)
        {
            wrong.Add((nameof(request.KeyField), "Say by what known records are found.", []));
        }

        if (wrong.Count > 0) throw new InvalidInput(wrong);
    }
}
