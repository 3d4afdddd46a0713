using Crm.Core;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace Crm.Contacts.Domain;

/// <summary>
/// Since when it is quiet around a contact. Kept by the database itself (triggers of <see cref="Sql"/>), whoever writes: pages, imports, merges, the bin. Beside the contact and not in it,
/// so that logging a call never makes the form of somebody who edits the contact stale.
/// </summary>
[NotAudited]
internal sealed class ContactActivity
{
    private ContactActivity()
    {
    }

    public Guid ContactId { get; private set; }

    /// <summary>Start of the last communication; where there is none, when the contact was added.</summary>
    public DateTimeOffset QuietSince { get; private set; }

    /// <summary>How many communications there are.</summary>
    public int Communications { get; private set; }

    /// <summary>Table functions and triggers, and what is there already.</summary>
    public const string Sql = """
        create or replace function contacts.note_new_contacts() returns trigger language plpgsql as $$
        begin
          insert into contacts.contact_activity (contact_id, quiet_since, communications) select id, created_at, 0 from new_rows on conflict do nothing;
          return null;
        end $$;
        create trigger note_new_contacts after insert on contacts.contacts referencing new table as new_rows for each statement execute function contacts.note_new_contacts();

        create or replace function contacts.note_communications() returns trigger language plpgsql as $$
        begin
          -- In the order of the contacts: two statements that touch the same ones wait for each other and do not lock up.
          update contacts.contact_activity a set quiet_since = case when a.communications = 0 then n.last_at else greatest(a.quiet_since, n.last_at) end, communications = a.communications + n.count
          from (select k.contact_id, n.last_at, n.count from contacts.contact_activity k
                join (select contact_id, max(started_at) as last_at, count(*)::int as count from new_rows where deleted_at is null group by contact_id) n using (contact_id)
                order by k.contact_id for update of k) n
          where n.contact_id = a.contact_id;
          return null;
        end $$;
        create trigger note_communications after insert on contacts.communications referencing new table as new_rows for each statement execute function contacts.note_communications();

        create or replace function contacts.recount_communications(ids uuid[]) returns void language plpgsql as $$
        begin
          perform 1 from contacts.contact_activity where contact_id = any(ids) order by contact_id for update;
          -- A new statement sees what was committed while we waited.
          update contacts.contact_activity a set quiet_since = coalesce(n.last_at, c.created_at), communications = n.count
          from contacts.contacts c cross join lateral (select max(started_at) as last_at, count(*)::int as count from contacts.communications m where m.contact_id = c.id and m.deleted_at is null) n
          where a.contact_id = any(ids) and c.id = a.contact_id;
        end $$;
        create or replace function contacts.note_changed_communications() returns trigger language plpgsql as $$
        declare ids uuid[];
        begin
          select array_agg(distinct x.id) into ids from old_rows o join new_rows n on n.id = o.id cross join lateral (values (o.contact_id), (n.contact_id)) x(id)
          where (o.contact_id, o.started_at, o.deleted_at) is distinct from (n.contact_id, n.started_at, n.deleted_at);
          if ids is not null then perform contacts.recount_communications(ids); end if;
          return null;
        end $$;
        create trigger note_changed_communications after update on contacts.communications referencing old table as old_rows new table as new_rows for each statement execute function contacts.note_changed_communications();
        create or replace function contacts.note_purged_communications() returns trigger language plpgsql as $$
        declare ids uuid[];
        begin
          select array_agg(distinct contact_id) into ids from old_rows;
          if ids is not null then perform contacts.recount_communications(ids); end if;
          return null;
        end $$;
        create trigger note_purged_communications after delete on contacts.communications referencing old table as old_rows for each statement execute function contacts.note_purged_communications();

        insert into contacts.contact_activity (contact_id, quiet_since, communications)
        select c.id, coalesce(max(m.started_at), c.created_at), count(m.id)::int from contacts.contacts c left join contacts.communications m on m.contact_id = c.id and m.deleted_at is null group by c.id, c.created_at;
        """;

    public const string DropSql = """
        drop trigger note_new_contacts on contacts.contacts;
        drop trigger note_communications on contacts.communications;
        drop trigger note_changed_communications on contacts.communications;
        drop trigger note_purged_communications on contacts.communications;
        drop function contacts.note_new_contacts, contacts.note_communications, contacts.note_changed_communications, contacts.note_purged_communications, contacts.recount_communications;
        """;
}

internal sealed class ContactActivityMapping : IEntityTypeConfiguration<ContactActivity>
{
    public void Configure(EntityTypeBuilder<ContactActivity> builder)
    {
        builder.ToTable("contact_activity");
        builder.HasKey(a => a.ContactId);
        builder.HasOne<Contact>().WithOne().HasForeignKey<ContactActivity>(a => a.ContactId).OnDelete(DeleteBehavior.Cascade);
        builder.HasIndex(a => new { a.QuietSince, a.ContactId });
    }
}
