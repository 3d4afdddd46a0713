using Crm.Data;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace Crm.Routines.Domain;

/// <summary>Whose a job is besides the one who started it: its agents, whoever has or had a stage of it (a role while nobody of it took the stage), and its customer's expert; and the customer's province.</summary>
internal sealed class JobPerson : RecordPerson
{
    public const string Sql = """
        create view routines.job_people as
          select j.id as record_id, a.id as person_id, null::int as province_id from routines.jobs j cross join lateral unnest(j.agent_ids) a(id)
          union all select s.job_id, u.id, null from routines.stage_items s cross join lateral unnest(s.user_ids) u(id)
          union all select s.job_id, r.id, null from routines.stage_items s cross join lateral unnest(s.role_ids) r(id) where s.taken_by is null and s.status = 'Open'
          union all select s.job_id, d.id, null from routines.stage_items s cross join lateral (values (s.done_by), (s.done_for)) d(id) where d.id is not null
          -- Where the customer is and whose, stands with it in the table of the search, which every module may read.
          union all select j.id, c.owner_id, c.province_id from routines.jobs j join platform.search c on c.id = j.contact_id and c.record = 'contacts';
        """;

    public const string DropSql = "drop view routines.job_people;";

    /// <summary>Jobs that were in the search before rights had scopes on them.</summary>
    public const string SearchSql = "update platform.search set record = 'jobs' where type = 'Job' and record is null;";
}

internal sealed class JobPersonMapping : IEntityTypeConfiguration<JobPerson>
{
    public void Configure(EntityTypeBuilder<JobPerson> builder) => builder.HasNoKey().ToView("job_people");
}
