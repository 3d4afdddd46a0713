using System.ComponentModel.DataAnnotations;
using System.Data.Common;

namespace Crm.Core;

/// <summary>What becomes of records that are known, and of those that are not.</summary>
public enum ImportMode
{
    /// <summary>Adds what is not known; what is known is refused.</summary>
    [Display(Name = "Add new ones only")]
    Create,

    /// <summary>Changes what is known; what is not known is refused.</summary>
    [Display(Name = "Change known ones only")]
    Update,

    /// <summary>Changes what is known and adds the rest.</summary>
    [Display(Name = "Change known ones and add the rest")]
    Both,
}

/// <summary>A field that a file may bring.</summary>
/// <param name="Key">Stable key, stored with the mapping.</param>
/// <param name="Title">In the language of the moment.</param>
/// <param name="Aliases">What heads of columns are called, in both languages; compared folded.</param>
/// <param name="Group">Heading it stands under in the drop-down, in the language of the moment.</param>
/// <param name="Repeats">Whether several columns may bring it: telephones, e-mails.</param>
public sealed record ImportField(string Key, string Title, IReadOnlyList<string> Aliases, string Group, bool Repeats = false);

/// <summary>By what a row finds the record it means.</summary>
/// <param name="Key">Stable key.</param>
/// <param name="Title">English sentence (translation key).</param>
/// <param name="Fields">Fields that bring it; one of them must be mapped.</param>
public sealed record ImportKey(string Key, string Title, IReadOnlyList<string> Fields);

/// <summary>How a file is read into records.</summary>
/// <param name="Columns">For each column of the file the key of a field, or null to leave it out.</param>
/// <param name="KeyField">By what records are found; null compares nothing, so everything is new.</param>
/// <param name="Mode">What becomes of known and unknown ones.</param>
/// <param name="AddsValues">Whether values of lists that do not exist are added.</param>
/// <param name="Tells">Whether each record is told to routines and others, as if somebody had typed it.</param>
public sealed record ImportPlan(IReadOnlyList<string?> Columns, string? KeyField, ImportMode Mode, bool AddsValues, bool Tells);

/// <summary>One row of the file.</summary>
/// <param name="Number">Its number, the first row under the heads being 1.</param>
/// <param name="Cells">One for each column.</param>
public sealed record ImportRow(long Number, IReadOnlyList<string> Cells);

/// <summary>What became of a row.</summary>
public enum ImportOutcome
{
    /// <summary>A new record.</summary>
    Added,

    /// <summary>A known record that was changed.</summary>
    Changed,

    /// <summary>A known record in which everything stood already.</summary>
    Same,

    /// <summary>Not taken; the problems say why.</summary>
    Refused,

    /// <summary>No row of its own: a record that was added for the sake of another, as the company somebody works for. Undone like the others, not counted.</summary>
    Companion,
}

/// <summary>What is wrong with a row.</summary>
/// <param name="Column">Column of the file; null for the row as a whole.</param>
/// <param name="Text">In the language of the moment.</param>
public sealed record ImportProblem(int? Column, string Text);

/// <summary>What became of a row, or would.</summary>
/// <param name="Row">The row.</param>
/// <param name="Outcome">What became of it.</param>
/// <param name="RecordId">Which record.</param>
/// <param name="Problems">Why it was refused.</param>
/// <param name="Before">Of a changed record, what stood there, as JSON that the target understands: for the undo.</param>
/// <param name="After">What stands there now.</param>
public sealed record ImportVerdict(ImportRow Row, ImportOutcome Outcome, Guid? RecordId, IReadOnlyList<ImportProblem> Problems, string? Before = null, string? After = null);

/// <summary>A record that an import made or changed, for the undo.</summary>
/// <param name="RecordId">Which.</param>
/// <param name="Before">What stood there; null for a record that the import added.</param>
/// <param name="After">What the import left there.</param>
/// <param name="At">When the import wrote it: what was changed later is not undone.</param>
public sealed record ImportedRecord(Guid RecordId, string? Before, string? After, DateTimeOffset At);

/// <summary>A record that an undo left as it is.</summary>
/// <param name="RecordId">Which.</param>
/// <param name="Name">Its name.</param>
/// <param name="Why">In the language of the moment.</param>
public sealed record UndoRefusal(Guid RecordId, string Name, string Why);

/// <summary>
/// Records of a module that files bring in: it declares its fields and takes rows in batches; pages, mapping, background run, refused rows and undo come by themselves. Acts as the current user.
/// </summary>
[Contribution]
public interface IImportTarget
{
    /// <summary>Key of the records, as in the API: <c>contacts</c>.</summary>
    string Key { get; }

    /// <summary>English sentence (translation key): <c>Contacts</c>.</summary>
    string Title { get; }

    /// <summary>Who may import.</summary>
    string Permission { get; }

    /// <summary>Their list: a path of this application.</summary>
    string Url { get; }

    /// <summary>Where one of them is looked at.</summary>
    string UrlOf(Guid id);

    /// <summary>By what a row finds its record.</summary>
    IReadOnlyList<ImportKey> Keys { get; }

    /// <summary>What a file may bring.</summary>
    Task<IReadOnlyList<ImportField>> FieldsAsync(CancellationToken ct);

    /// <summary>What the columns mean beside one another, once each was guessed by its own head.</summary>
    /// <param name="heads">Heads of the columns.</param>
    /// <param name="guessed">Key of the field for each, or nothing.</param>
    string[] Agree(IReadOnlyList<string> heads, string[] guessed) => guessed;

    /// <summary>What would become of rows; writes nothing.</summary>
    Task<IReadOnlyList<ImportVerdict>> CheckAsync(ImportPlan plan, IReadOnlyList<ImportRow> rows, CancellationToken ct);

    /// <summary>
    /// Takes rows in one transaction of its own. Before it commits, <paramref name="alsoSave"/> writes within the same transaction how far the import came: both are there or none.
    /// </summary>
    Task ApplyAsync(ImportPlan plan, IReadOnlyList<ImportRow> rows, Func<IReadOnlyList<ImportVerdict>, DbConnection, DbTransaction, Task> alsoSave, CancellationToken ct);

    /// <summary>Takes records back to what they were, in one transaction; what was changed since, or has something hanging on it, stays and is told.</summary>
    Task UndoAsync(IReadOnlyList<ImportedRecord> records, Func<IReadOnlyList<UndoRefusal>, DbConnection, DbTransaction, Task> alsoSave, CancellationToken ct);
}
