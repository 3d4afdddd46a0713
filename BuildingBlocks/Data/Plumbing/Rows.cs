using System.ComponentModel.DataAnnotations.Schema;
using Microsoft.EntityFrameworkCore;

namespace Crm.Data;

/// <summary>One delivery of an event to one reactor.</summary>
public sealed class OutboxRow
{
    /// <summary>Id of the delivery.</summary>
    public Guid Id { get; init; } = Guid.CreateVersion7();

    /// <summary>Id of the event, the same in all its deliveries.</summary>
    public Guid EventId { get; init; }

    /// <summary>Stable key of the event.</summary>
    public required string Name { get; init; }

    /// <summary>Stable key of the reactor.</summary>
    public required string Reactor { get; init; }

    /// <summary>The event as JSON.</summary>
    public required string Payload { get; init; }

    /// <summary>Branch of the record.</summary>
    public Guid? BranchId { get; init; }

    /// <summary>Who did it.</summary>
    public Guid? UserId { get; init; }

    /// <summary>When it happened.</summary>
    public DateTimeOffset OccurredAt { get; init; }

    /// <summary>When it is to be tried next.</summary>
    public DateTimeOffset DueAt { get; init; }

    /// <summary>Tries so far.</summary>
    public int Attempts { get; init; }

    /// <summary>Why the last try failed.</summary>
    public string? Error { get; init; }

    /// <summary>Given up until a person says «again».</summary>
    public bool Stuck { get; init; }
}

/// <summary>One change of one record.</summary>
public sealed class AuditRow
{
    /// <summary>Id, in order of time.</summary>
    public Guid Id { get; init; } = Guid.CreateVersion7();

    /// <summary>When.</summary>
    public DateTimeOffset At { get; init; }

    /// <summary>Who; null for the system.</summary>
    public Guid? UserId { get; init; }

    /// <summary>Name at the time.</summary>
    public required string UserName { get; init; }

    /// <summary>Through what: a page's route, api, a routine's run, an import, a job.</summary>
    public required string Through { get; init; }

    /// <summary>The command.</summary>
    public required string Command { get; init; }

    /// <summary>module.Entity.</summary>
    public required string Entity { get; init; }

    /// <summary>Id of the record.</summary>
    public Guid EntityId { get; init; }

    /// <summary>The record it is a part of, if any.</summary>
    public Guid? RootId { get; init; }

    /// <summary>A added, M modified, D deleted, R restored.</summary>
    [Column(TypeName = "char(1)")]
    public required string Action { get; init; }

    /// <summary>{ "field": [old, new] }.</summary>
    public string? Changes { get; init; }
}

/// <summary>What the global search finds.</summary>
public sealed class SearchRow
{
    /// <summary>Id of the record.</summary>
    public Guid Id { get; init; }

    /// <summary>Kind of record (translation key).</summary>
    public required string Type { get; set; }

    /// <summary>First line.</summary>
    public required string Title { get; set; }

    /// <summary>Second line.</summary>
    public required string Subtitle { get; set; }

    /// <summary>Folded words between spaces, see <see cref="SearchTexts"/>.</summary>
    public required string Text { get; set; }

    /// <summary>Keys of the title's words by their sound, see <see cref="Crm.Core.PersianSound"/>.</summary>
    public string Sound { get; set; } = "";

    /// <summary>Path of its page.</summary>
    public required string Url { get; set; }

    /// <summary>Who may find it.</summary>
    public required string Permission { get; set; }

    /// <summary>Branch, if scoped.</summary>
    public Guid? BranchId { get; set; }

    /// <summary>Key of the kind of record, if rights have scopes on it.</summary>
    public string? Record { get; set; }

    /// <summary>Who is in charge.</summary>
    public Guid? OwnerId { get; set; }

    /// <summary>Province.</summary>
    public int? ProvinceId { get; set; }

    /// <summary>The record it hangs on.</summary>
    public Guid? ParentId { get; set; }

    /// <summary>Last change.</summary>
    public DateTimeOffset UpdatedAt { get; set; }
}

/// <summary>One run of long work. The pump alone changes it after it was written.</summary>
public sealed class BackgroundRow
{
    /// <summary>Id of the run.</summary>
    public Guid Id { get; init; } = Guid.CreateVersion7();

    /// <summary>Kind of work.</summary>
    public required string Key { get; init; }

    /// <summary>What it is about.</summary>
    public string? About { get; init; }

    /// <summary>What it needs, as JSON.</summary>
    public required string Args { get; init; }

    /// <summary>Who started it; null for the system.</summary>
    public Guid? UserId { get; init; }

    /// <summary>Branch the system works in; null for all.</summary>
    public Guid? BranchId { get; init; }

    /// <summary>State.</summary>
    public Crm.Core.BackgroundStage Stage { get; init; }

    /// <summary>How much is done.</summary>
    public long Done { get; init; }

    /// <summary>Of how much.</summary>
    public long? Total { get; init; }

    /// <summary>What came of it: text and arguments as JSON.</summary>
    public string? Result { get; init; }

    /// <summary>Why it did not end well: text and arguments as JSON.</summary>
    public string? Problem { get; init; }

    /// <summary>Where the result is looked at.</summary>
    public string? Url { get; init; }

    /// <summary>The result file.</summary>
    public Guid? FileId { get; init; }

    /// <summary>Its name.</summary>
    public string? FileName { get; init; }

    /// <summary>The user asked for its end.</summary>
    public bool CancelRequested { get; init; }

    /// <summary>When it was asked for.</summary>
    public DateTimeOffset CreatedAt { get; init; }

    /// <summary>When it began.</summary>
    public DateTimeOffset? StartedAt { get; init; }

    /// <summary>When it ended.</summary>
    public DateTimeOffset? EndedAt { get; init; }
}

/// <summary>Maps the shared tables into every module's context, outside its migrations.</summary>
internal static class PlumbingModel
{
    /// <summary>Schema of what the plumbing writes.</summary>
    public const string Schema = "platform";

    public static void Map(ModelBuilder model)
    {
        model.Entity<OutboxRow>(b =>
        {
            b.ToTable("outbox", Schema, t => t.ExcludeFromMigrations());
            b.Property(r => r.Payload).HasColumnType("jsonb");
        });
        model.Entity<AuditRow>(b =>
        {
            b.ToTable("audit", Schema, t => t.ExcludeFromMigrations());
            b.Property(r => r.Changes).HasColumnType("jsonb");
        });
        model.Entity<SearchRow>(b => b.ToTable("search", Schema, t => t.ExcludeFromMigrations()));
        model.Entity<BackgroundRow>(b =>
        {
            b.ToTable("background_work", Schema, t => t.ExcludeFromMigrations());
            b.Property(r => r.Args).HasColumnType("jsonb");
            b.Property(r => r.Result).HasColumnType("jsonb");
            b.Property(r => r.Problem).HasColumnType("jsonb");
        });
    }

    public static bool IsPlumbing(Type type) => type == typeof(OutboxRow) || type == typeof(AuditRow) || type == typeof(SearchRow) || type == typeof(BackgroundRow);
}
