using Crm.Data;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace Crm.Messaging.Domain;

/// <summary>Whose a message is besides who wrote it and the member of staff it goes to: the expert of the customer it goes to; and that customer's province.</summary>
internal sealed class MessagePerson : RecordPerson
{
    public const string Sql = """
        create view messaging.message_people as
          -- Where the customer is and whose, stands with it in the table of the search, which every module may read.
          select m.id as record_id, c.owner_id as person_id, c.province_id from messaging.messages m join platform.search c on c.id = m.contact_id and c.record = 'contacts';
        """;

    public const string DropSql = "drop view messaging.message_people;";
}

internal sealed class MessagePersonMapping : IEntityTypeConfiguration<MessagePerson>
{
    public void Configure(EntityTypeBuilder<MessagePerson> builder) => builder.HasNoKey().ToView("message_people");
}
