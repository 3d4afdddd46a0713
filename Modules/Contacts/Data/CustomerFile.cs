using System.Text.Json;
using System.Text.Json.Serialization;
using Crm.Contacts.Domain;
using Crm.Core;
using Crm.Data;
using Npgsql;

namespace Crm.Contacts.Data;

internal sealed record ProfilePhone(PhoneKind Kind, string Number);

internal sealed record ProfileAddress(AddressPurpose Purpose, int? ProvinceId, int? CountyId, int? CityId, string? District, string? PostalCode, string? Text, string? Country, decimal? Latitude, decimal? Longitude);

internal sealed record ProfilePost(Guid CompanyId, Guid? PositionId, Guid? DepartmentId, DateOnly From, DateOnly? To);

internal sealed record ProfileRelation(Guid OtherId, Guid KindId, bool Own, string? Note);

/// <summary>Somebody who works in the company.</summary>
internal sealed record ProfilePerson(Guid Id, Guid? PositionId);

/// <summary>One scoring of a supplier.</summary>
internal sealed record ProfileScore(Guid Id, DateOnly On, decimal Total, Guid? By);

/// <summary>Another contact that the page names.</summary>
internal sealed record ProfileOther(Guid Id, string Name, ContactKind Kind, string? Phone);

internal sealed record ProfileSaid(Guid Id, Guid KindId, Guid? ResultId, DateTimeOffset StartedAt, string? Text, string? NextStep, Guid? UserId);

internal sealed record ProfilePlan(Guid Id, Guid KindId, DateTimeOffset DueAt, string? Text, Guid AssigneeId);

internal sealed record ProfileCosts(long Total, long ThisYear);

internal sealed record Profile(
    Guid Id, long Number, ContactKind Kind, string Name, string? CompanyName, string? NationalId, string? EconomicCode, string? CardNumber, string[]? Ibans, string[]? BankCards, Guid? LiaisonId, DateOnly? MarriedOn, Guid? MaritalStatusId, Guid? ReligionId, string? Preferences, Guid? PhotoId, DateOnly? Birthday, Standing Standing, Guid[] RoleIds, Guid[]? GroupIds, Guid? SalutationId, Guid? TypeId, Guid? RankId,
    Guid? StatusId, Guid? SourceId, Guid? FieldOfActivityId, Guid? ImportanceId, Guid? OwnerId, string? Notes, string? Custom, DateTimeOffset CreatedAt, Guid? CreatedBy,
    List<ProfilePhone> Phones, List<string> Emails, List<ProfileAddress> Addresses, List<ProfilePost> Posts, List<ProfileRelation> Relations, List<ProfilePerson> People, List<ProfileScore> Scores);

/// <summary>All that Contacts itself shows on the customer's page, besides the time line.</summary>
internal sealed record CustomerFile(Profile Profile, IReadOnlyDictionary<Guid, ProfileOther> Others, ProfileSaid? Said, IReadOnlyList<ProfilePlan> Plans, ProfileCosts? Costs);

/// <summary>
/// Reads a customer's file by one statement, within the user's reach: the record with its parts, whoever it names, what was said last, what is planned, what it cost. Six statements of the context, which this was before,
/// took half of the page's time.
/// </summary>
[BypassesSave("One statement in place of six; it reads only, and the policy stands in it as text.")]
internal sealed class CustomerFiles(NpgsqlDataSource source, ICurrentUser me)
{
    private const int Planned = 8;

    private static readonly JsonSerializerOptions s_json = new() { PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower, Converters = { new JsonStringEnumConverter() } };

    // Parts come from the view, whose keys are in camelCase.
    private static readonly JsonSerializerOptions s_parts = new(JsonSerializerDefaults.Web) { Converters = { new JsonStringEnumConverter() } };

    /// <param name="id">The contact.</param>
    /// <param name="communications">Whether the user sees communications and follow-ups.</param>
    /// <param name="yearBegins">First moment of this year's costs.</param>
    /// <param name="ct">The request.</param>
    /// <returns>Null when there is none for this user.</returns>
    public async Task<CustomerFile?> FindAsync(Guid id, bool communications, DateTimeOffset yearBegins, CancellationToken ct)
    {
        var contact = RecordScope.Sql<Contact>(me, "c", prefix: "c");
        var other = RecordScope.Sql<Contact>(me, "o", prefix: "o");
        var said = RecordScope.Sql<Communication>(me, "m", prefix: "m");
        var plan = RecordScope.Sql<FollowUp>(me, "f", prefix: "f");
        // What the roles hide of communications is not read.
        string Said(string field, string column, string type = "text") => me.Hides(ContactsRights.Communications, field) ? $"null::{type} as {column}" : "m." + column;
        var sql = $"""
            select row_to_json(c)::text, p.phones::text, p.emails::text, p.addresses::text, p.posts::text, p.relations::text, p.people::text, p.scores::text,
              (select json_agg(json_build_object('id', o.id, 'name', o.name, 'kind', o.kind, 'phone', o.main_phone))::text from contacts.contacts o
                 where o.id in (select (x->>'otherId')::uuid from jsonb_array_elements(p.relations) x union all select (x->>'companyId')::uuid from jsonb_array_elements(p.posts) x
                   union all select (x->>'id')::uuid from jsonb_array_elements(p.people) x union all select c.liaison_id) and o.deleted_at is null and {other.Text}),
              {(communications ? $"""
              (select row_to_json(x)::text from (select m.id, m.kind_id, {Said("resultId", "result_id", "uuid")}, m.started_at, {Said("text", "text")}, {Said("nextStep", "next_step")}, {Said("userId", "user_id", "uuid")} from contacts.communications m
                 where m.contact_id = c.id and m.deleted_at is null and {said.Text} order by m.started_at desc limit 1) x),
              (select json_agg(x)::text from (select f.id, f.kind_id, f.due_at, {(me.Hides(ContactsRights.FollowUps, "text") ? "null::text as text" : "f.text")}, f.assignee_id from contacts.follow_ups f where f.contact_id = c.id and f.state = 'Open' and {plan.Text} order by f.due_at limit {Planned}) x),
              {(me.Hides(ContactsRights.Communications, "costs") ? "null" : $"""
              (select json_build_object('total', sum(k.amount), 'this_year', coalesce(sum(k.amount) filter (where m.started_at >= @year), 0))::text
                 from contacts.communications m join contacts.communication_costs k on k.communication_id = m.id where m.contact_id = c.id and m.deleted_at is null and {said.Text} having count(*) > 0)
              """)}
              """ : "null, null, null")}
            from (select id, number, kind, name, company_name, national_id, economic_code, card_number, ibans, bank_cards, liaison_id, married_on, marital_status_id, religion_id, preferences, photo_id, birthday, standing, role_ids, group_ids,
                    salutation_id, type_id, rank_id, status_id, source_id, field_of_activity_id, importance_id, owner_id, notes, custom::text as custom, created_at, created_by
                  from contacts.contacts c where c.id = @id and c.deleted_at is null and {contact.Text}) c
            join contacts.contact_parts p on p.contact_id = c.id
            """;
        await using var command = source.CreateCommand(sql);
        command.Parameters.AddWithValue("id", id);
        if (communications) command.Parameters.AddWithValue("year", yearBegins.UtcDateTime);
        foreach (var (name, value) in contact.Parameters.Concat(other.Parameters)) command.Parameters.AddWithValue(name, value);
        if (communications)
        {
            foreach (var (name, value) in said.Parameters.Concat(plan.Parameters)) command.Parameters.AddWithValue(name, value);
        }

        await using var reader = await command.ExecuteReaderAsync(ct);
        if (!await reader.ReadAsync(ct)) return null;
        var profile = JsonSerializer.Deserialize<Profile>(reader.GetString(0), s_json)! with
        {
            Phones = Part<ProfilePhone>(1), Emails = Part<string>(2), Addresses = Part<ProfileAddress>(3), Posts = Part<ProfilePost>(4), Relations = Part<ProfileRelation>(5), People = Part<ProfilePerson>(6), Scores = Part<ProfileScore>(7),
        };
        return new(
            profile,
            reader.IsDBNull(8) ? new Dictionary<Guid, ProfileOther>() : Part<ProfileOther>(8).ToDictionary(o => o.Id),
            reader.IsDBNull(9) ? null : JsonSerializer.Deserialize<ProfileSaid>(reader.GetString(9), s_json),
            reader.IsDBNull(10) ? [] : JsonSerializer.Deserialize<List<ProfilePlan>>(reader.GetString(10), s_json)!,
            reader.IsDBNull(11) ? null : JsonSerializer.Deserialize<ProfileCosts>(reader.GetString(11), s_json));

        List<T> Part<T>(int column) => reader.GetString(column) is var text && text == "[]" ? [] : JsonSerializer.Deserialize<List<T>>(text, s_parts)!;
    }
}
