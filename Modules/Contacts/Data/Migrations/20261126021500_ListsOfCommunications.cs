using Crm.Contacts.Data;
using Microsoft.EntityFrameworkCore.Infrastructure;
using Microsoft.EntityFrameworkCore.Migrations;

#nullable disable

namespace Crm.Contacts.Data.Migrations
{
    /// <inheritdoc />
    [DbContext(typeof(ContactsDb))]
    [Migration("20261126021500_ListsOfCommunications")]
    public partial class ListsOfCommunications : Migration
    {
        /// <inheritdoc />
        protected override void Up(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.AddColumn<string>(name: "custom", schema: "contacts", table: "communications", type: "jsonb", nullable: true);
            migrationBuilder.AddColumn<string>(name: "custom", schema: "contacts", table: "follow_ups", type: "jsonb", nullable: true);
            
            // The order of follow-ups that have ended, beside the partial index of those that wait.
            migrationBuilder.Sql("create index ix_follow_ups_due_at_id_all on contacts.follow_ups (due_at, id)");
        }

        /// <inheritdoc />
        protected override void Down(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.Sql("drop index contacts.ix_follow_ups_due_at_id_all");
            migrationBuilder.DropColumn(name: "custom", schema: "contacts", table: "follow_ups");
            migrationBuilder.DropColumn(name: "custom", schema: "contacts", table: "communications");
        }
    }
}
