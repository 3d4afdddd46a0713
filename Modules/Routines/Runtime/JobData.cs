using System.Text.Json.Nodes;
using Crm.Contacts.Contracts;
using Crm.Core;
using Crm.Workflows;
using Microsoft.Extensions.DependencyInjection;
using Npgsql;

namespace Crm.Routines.Runtime;

/// <summary>What a job is to those who run its steps.</summary>
internal sealed class JobFacts
{
    public Guid Id { get; init; }

    public long Number { get; init; }

    public string Title { get; init; } = "";

    public string RoutineName { get; init; } = "";

    public Guid? ContactId { get; init; }

    public Guid BranchId { get; init; }

    public Guid? StartedBy { get; init; }

    public DateTimeOffset StartedAt { get; init; }

    public Guid[] AgentIds { get; init; } = [];

    public Guid? ParentJobId { get; init; }

    public Guid? ParentExecutionId { get; init; }

    public int Depth { get; init; }

    public Guid VersionId { get; init; }

    public byte[] State { get; init; } = [];

    /// <summary>Of a job that nobody can read yet.</summary>
    public static JobFacts Of(Domain.Job job, Guid versionId) => new()
    {
        Id = job.Id, Number = job.Number, Title = job.Title, RoutineName = job.RoutineName, ContactId = job.ContactId, BranchId = job.BranchId, StartedBy = job.StartedBy, StartedAt = job.StartedAt,
        AgentIds = job.AgentIds, ParentJobId = job.ParentJobId, ParentExecutionId = job.ParentExecutionId, Depth = job.Depth, VersionId = versionId,
    };
}

/// <summary>The data that expressions, templates and activities see of a job: <c>customer</c>, <c>job</c>, <c>answers</c>.</summary>
internal sealed class JobData(NpgsqlDataSource source, IServiceScopeFactory scopes)
{
    private const string Facts = """
        select j.id, j.number, j.title, j.routine_name, j.contact_id, j.branch_id, j.started_by, j.started_at, j.agent_ids, j.parent_job_id, j.parent_execution_id, j.depth, s.version_id, s.state
        from routines.jobs j join routines.job_states s on s.job_id = j.id where j.id = $1
        """;

    [Crm.Data.BypassesSave("Reads one row for the runtime, which has no user.")]
    public async Task<JobFacts?> FactsAsync(Guid jobId, CancellationToken ct)
    {
        await using var command = source.CreateCommand(Facts);
        command.Parameters.AddWithValue(jobId);
        await using var r = await command.ExecuteReaderAsync(ct);
        if (!await r.ReadAsync(ct)) return null;
        return new JobFacts
        {
            Id = r.GetGuid(0), Number = r.GetInt64(1), Title = r.GetString(2), RoutineName = r.GetString(3), ContactId = r.IsDBNull(4) ? null : r.GetGuid(4), BranchId = r.GetGuid(5),
            StartedBy = r.IsDBNull(6) ? null : r.GetGuid(6), StartedAt = r.GetFieldValue<DateTimeOffset>(7), AgentIds = r.GetFieldValue<Guid[]>(8), ParentJobId = r.IsDBNull(9) ? null : r.GetGuid(9),
            ParentExecutionId = r.IsDBNull(10) ? null : r.GetGuid(10), Depth = r.GetInt32(11), VersionId = r.GetGuid(12), State = r.GetFieldValue<byte[]>(13),
        };
    }

    /// <summary>What expressions of a version look at, and nothing else.</summary>
    /// <param name="version">The version.</param>
    /// <param name="jobId">The job.</param>
    /// <param name="contactId">Its customer.</param>
    /// <param name="ct">Cancels.</param>
    /// <param name="known">The job's facts, where they are known: of a job that nobody can read yet.</param>
    public async Task<JsonObject> ForAsync(JobVersion version, Guid jobId, Guid? contactId, CancellationToken ct, JobFacts? known = null)
    {
        var root = new JsonObject();
        if (version.UsesCustomer) root["customer"] = await CustomerAsync(contactId, ct);
        if (version.UsesJob && (known ?? await FactsAsync(jobId, ct)) is { } facts) root["job"] = Of(facts);
        if (version.UsesAnswers) root["answers"] = new JsonObject();
        return root;
    }

    public static JsonObject Of(JobFacts job) => new()
    {
        ["id"] = job.Id.ToString(),
        ["number"] = job.Number,
        ["title"] = job.Title,
        ["routine"] = job.RoutineName,
        ["startedAt"] = job.StartedAt,
        ["startedBy"] = job.StartedBy?.ToString(),
        ["agents"] = new JsonArray([.. job.AgentIds.Select(a => (JsonNode)a.ToString())]),
    };

    /// <summary>Answers of all stages done so far, by field; a later stage's answer replaces an earlier one's.</summary>
    /// <param name="state">The job.</param>
    /// <param name="stimulus">What is about to be taken in: the answers of the stage that is just done are there for the decision right behind it.</param>
    public static JsonObject Answers(WorkflowState state, Stimulus? stimulus = null)
    {
        var answers = new JsonObject();
        foreach (var (_, result) in state.Results) Add(result);
        if (stimulus is ActivityCompleted completed) Add(completed.Outputs);
        return answers;

        void Add(JsonNode? result)
        {
            if (result is not JsonObject outputs || outputs["Output"] is not JsonObject output || output["Answers"] is not JsonObject given) return;
            foreach (var (name, value) in given) answers[name] = value?.DeepClone();
        }
    }

    /// <summary>An id in data, whether it stands there as an id or as text.</summary>
    public static Guid? IdOf(JsonNode? node) => node is JsonValue value ? value.TryGetValue<Guid>(out var id) ? id : value.TryGetValue<string>(out var text) && Guid.TryParse(text, out id) ? id : null : null;

    /// <summary>The customer, as Contacts tells; empty when there is none (any more).</summary>
    public async Task<JsonObject> CustomerAsync(Guid? contactId, CancellationToken ct)
    {
        if (contactId is not { } id) return [];
        await using var scope = scopes.CreateAsyncScope();
        scope.ServiceProvider.GetRequiredService<CurrentUser>().BecomeSystem("runtime: customer of a job");
        return await scope.ServiceProvider.GetRequiredService<IContactDirectory>().DataAsync(id, ct) ?? [];
    }
}
